import type { Context } from '../runs/context.ts';
import { signLink } from '../secrets/signed-links.ts';
import type { Workflow } from './workflow-record.ts';

type Of = Pick<Workflow, 'id' | 'url_generation'>;

/** The URL of a workflow that starts with an incoming webhook: who knows it may start it, unless requests must be signed. */
export async function incomingWebhookUrl(ctx: Context, { id, url_generation }: Of): Promise<string> {
  return `${ctx.config.publicUrl}/hooks/${await signLink(ctx, 'incoming_webhook', id, url_generation)}`;
}

/**
 * The secret with which a service signs what it sends to that URL, where the trigger has none of its own. Derived from the sealed
 * secret of all links, so that it is stored nowhere; it changes with the URL.
 */
export async function generatedWebhookSecret(ctx: Context, { id, url_generation }: Of): Promise<string> {
  return signLink(ctx, 'webhook_secret', id, url_generation);
}
