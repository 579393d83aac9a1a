import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { transact } from '../store/records.ts';
import type { Context } from './context.ts';

/** What a link is for; a link for one is none for another. */
export type LinkPurpose = 'approval' | 'incoming_webhook' | 'webhook_secret';

/** What signatures are made of. It never changes: third parties have the URLs. */
const SIGNED: Readonly<Record<LinkPurpose, string>> = Object.freeze({
  approval: 'approval',
  incoming_webhook: 'hook',
  webhook_secret: 'webhook-secret',
});

const SECRET_BYTES = 32;
const OWNER = 'penstock/links';
/** Of the signature: 128 bits. */
export const SIGNATURE_DIGITS = 32;
/** Workflows and steps have no other characters in their ids. */
const TOKEN = /^([a-z0-9_.]+)\.([0-9a-f]{32})$/;

/** The last part of a link that nobody can make up: an id and its signature. The same as long as id and generation are. */
export async function signLink(ctx: Context, purpose: LinkPurpose, id: string, generation = 0): Promise<string> {
  return signLinkWith(await linkSecret(ctx), purpose, id, generation);
}

/** The same with the secret at hand, for many links at once. */
export function signLinkWith(secret: string, purpose: LinkPurpose, id: string, generation = 0): string {
  return `${id}.${sign(secret, `${SIGNED[purpose]}/${generation}/${id}`)}`;
}

/** The id that is in a link, still to be checked. */
export function idOfLink(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/** Whether a link was made here. Takes the same time however it is wrong. */
export async function isOurLink(ctx: Context, purpose: LinkPurpose, token: string, generation = 0): Promise<boolean> {
  const [, id = '', given = ''] = TOKEN.exec(token) ?? [];
  const expected = sign(await linkSecret(ctx), `${SIGNED[purpose]}/${generation}/${id}`);
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex').slice(0, SIGNATURE_DIGITS);
}

/** One secret for all links, made when the first is; sealed like every other. */
export async function linkSecret(ctx: Context): Promise<string> {
  const key = ctx.keys.linkSecret();
  const sealed = await ctx.redis.get(key);
  if (sealed !== null) return ctx.dataKeyring.open(sealed, OWNER);
  await ctx.redis.setnx(key, newSecret(ctx));
  return linkSecret(ctx);
}

/** Makes another secret: no link that was made before is one any more. */
export async function renewLinkSecret(ctx: Context): Promise<void> {
  await ctx.redis.set(ctx.keys.linkSecret(), newSecret(ctx));
}

/** Seals the secret again with the key that seals now: links stay the same. One that is renewed meanwhile is left. */
export async function resealLinkSecret(ctx: Context): Promise<void> {
  const key = ctx.keys.linkSecret();
  const sealed = await ctx.redis.get(key);
  if (sealed === null || ctx.dataKeyring.keyIdOf(sealed) === ctx.dataKeyring.primaryId) return;
  const again = ctx.dataKeyring.seal(ctx.dataKeyring.open(sealed, OWNER), OWNER);
  await transact(ctx, [['equals', key, sealed]], [['SET', key, again]]);
}

function newSecret(ctx: Context): string {
  return ctx.dataKeyring.seal(randomBytes(SECRET_BYTES).toString('base64url'), OWNER);
}
