import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from './context.ts';
import { completeText, holdsMark, type LinkOf, MAC_DIGITS, MARK } from './marked-text.ts';
import { linkSecret, signLinkWith } from './signed-links.ts';

/**
 * An approval link decides without an API key, and a URL for webhooks starts a workflow, so neither must be stored where a viewer may
 * read: in inputs, outputs, events and artifacts it stands deferred, with a mark in place of its signature. The signature is put in when a request leaves, and in
 * answers to callers who may decide anyway. The mark carries a MAC of tenant and id, so that nobody can make one up and
 * have it completed.
 */

/** A URL for webhooks that was recreated more often is not completed. */
const MAX_GENERATION = 100;

/** The last part of a link as it may be stored: the id, and a mark in place of the signature. */
export async function deferLink(ctx: Context, tenant: string, id: string): Promise<string> {
  return `${id}.${MARK}${macOf(await linkSecret(ctx), tenant, id)}`;
}

/** The mark and its MAC in place of a signature of a link; `generation` is that of a workflow's URL for webhooks. */
export function deferredSignature(secret: string, of: { tenant: string; id: string; generation: number }): string {
  return MARK + macOf(secret, of.tenant, subjectOf(of.id, of.generation));
}

/** Whether a text is the last part of a deferred link, regardless of its author. */
export function isDeferredLink(token: string): boolean {
  return token.includes(`.${MARK}`);
}

/**
 * The value with the signatures put into its deferred links of this tenant, also where they stand URL-encoded, in base64 or in
 * the name of a property; and the last parts of the links that were completed. The same value when it holds none.
 */
export async function completeLinks<T>(
  ctx: Context,
  tenant: string,
  value: T,
): Promise<{ value: T; links: readonly string[] }> {
  if (!holdsLinks(value)) return { value, links: [] };
  const links = new Set<string>();
  const linkOf = await linkMaker(ctx, tenant, (link) => links.add(link));
  return { value: completeIn(value, linkOf) as T, links: [...links] };
}

/** Completes the links of a tenant in texts; `made` hears the last part of each. */
export async function linkMaker(ctx: Context, tenant: string, made: (link: string) => void): Promise<LinkOf> {
  const secret = await linkSecret(ctx);
  return (id, mac) => {
    const purpose = id.startsWith('wf_') ? 'incoming_webhook' : 'approval';
    for (let generation = 0; generation <= (purpose === 'incoming_webhook' ? MAX_GENERATION : 0); generation += 1) {
      const expected = macOf(secret, tenant, subjectOf(id, generation));
      if (!timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) continue;
      const link = signLinkWith(secret, purpose, id, generation);
      made(link);
      return link;
    }
    return undefined;
  };
}

/** What a MAC is of, beside the tenant. */
function subjectOf(id: string, generation: number): string {
  return generation === 0 ? id : `${id}/${generation}`;
}

/** Whether a value may hold deferred links, at any depth. */
export function holdsLinks(value: unknown): boolean {
  if (typeof value === 'string') return holdsMark(value);
  if (value === null || typeof value !== 'object') return false;
  for (const name in value) if (holdsMark(name) || holdsLinks((value as Record<string, unknown>)[name])) return true;
  return false;
}

function completeIn(value: unknown, linkOf: LinkOf): unknown {
  if (typeof value === 'string') return completeText(value, linkOf);
  if (Array.isArray(value)) return value.map((item) => completeIn(item, linkOf));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [completeText(name, linkOf), completeIn(item, linkOf)]),
  );
}

function macOf(secret: string, tenant: string, id: string): string {
  return createHmac('sha256', secret).update(`deferred/${tenant}/${id}`).digest('hex').slice(0, MAC_DIGITS);
}
