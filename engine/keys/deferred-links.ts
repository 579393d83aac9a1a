import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from '../context.ts';
import { linkSecret, signLinkWith } from './signed-links.ts';

/**
 * An approval link decides without an API key, so it must not be stored where a viewer may read: in inputs, outputs, events and
 * artifacts it stands deferred, with a mark in place of its signature. The signature is put in when a request leaves, and in
 * answers to callers who may decide anyway. The mark carries a MAC of tenant and id, so that nobody can make one up and
 * have it completed.
 */
const MARK = 'signedwhensent';
const MAC_DIGITS = 18;
const MAC = /^[0-9a-f]{18}$/;
const ID = /^[a-z0-9_.]+$/;
/** Longer ids than any run has. */
const MAX_ID_LENGTH = 512;
const BASE64_CHARACTER = /[A-Za-z0-9+/_=-]/;
/** The mark inside base64, at each of the three offsets at which it may begin. */
const ENCODED_MARKS = [0, 1, 2].map((offset) => {
  const bits = Buffer.from('x'.repeat(offset) + MARK);
  const whole = Math.floor((bits.length * 8) / 6);
  return bits.toString('base64').slice(Math.ceil((offset * 8) / 6), whole);
});

/** The last part of a link as it may be stored: the id, and a mark in place of the signature. */
export async function deferLink(ctx: Context, tenant: string, id: string): Promise<string> {
  return `${id}.${MARK}${macOf(await linkSecret(ctx), tenant, id)}`;
}

/** Whether a text is the last part of a deferred link, whoever made it. */
export function isDeferredLink(token: string): boolean {
  return token.includes(`.${MARK}`);
}

/**
 * The value with the signatures put into its deferred links of this tenant, also where they stand URL-encoded or in base64; and
 * the last parts of the links that were completed. The same value when it holds none.
 */
export async function completeLinks<T>(
  ctx: Context,
  tenant: string,
  value: T,
): Promise<{ value: T; links: readonly string[] }> {
  if (!holdsMark(value)) return { value, links: [] };
  const secret = await linkSecret(ctx);
  const links = new Set<string>();
  const linkOf: LinkOf = (id, mac) => {
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(secret, tenant, id)))) return undefined;
    const link = signLinkWith(secret, 'approval', id);
    links.add(link);
    return link;
  };
  return { value: completeIn(value, linkOf) as T, links: [...links] };
}

function holdsMark(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(MARK) || ENCODED_MARKS.some((mark) => value.includes(mark));
  if (value === null || typeof value !== 'object') return false;
  for (const name in value) if (holdsMark((value as Record<string, unknown>)[name])) return true;
  return false;
}

/** The completed link of an id and the MAC of its mark; `undefined` when it was not made here for this tenant. */
type LinkOf = (id: string, mac: string) => string | undefined;

function completeIn(value: unknown, linkOf: LinkOf): unknown {
  if (typeof value === 'string') return completeText(value, linkOf);
  if (Array.isArray(value)) return value.map((item) => completeIn(item, linkOf));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, completeIn(item, linkOf)]));
}

function completeText(text: string, linkOf: LinkOf): string {
  const plain = completePlain(text, linkOf);
  return ENCODED_MARKS.reduce((result, mark) => completeBase64(result, mark, linkOf), plain);
}

function completePlain(text: string, linkOf: LinkOf): string {
  let result = '';
  let end = 0;
  for (let at = text.indexOf(`.${MARK}`); at >= 0; at = text.indexOf(`.${MARK}`, at + 1)) {
    const after = at + 1 + MARK.length;
    const mac = MAC.exec(text.slice(after, after + MAC_DIGITS))?.[0];
    const found = mac === undefined ? undefined : linkBefore(text, at, (id) => linkOf(id, mac));
    if (found === undefined) continue;
    result += text.slice(end, found.from) + found.link;
    end = after + MAC_DIGITS;
  }
  return result + text.slice(end);
}

/** The link of the id that ends at a place. What stands before it may look like a part of it (`x.run_1`), so each beginning is tried. */
function linkBefore(
  text: string,
  end: number,
  linkOf: (id: string) => string | undefined,
): { from: number; link: string } | undefined {
  const start = Math.max(0, end - MAX_ID_LENGTH);
  const before = text.slice(start, end);
  for (let at = before.lastIndexOf('run_'); at >= 0; at = at === 0 ? -1 : before.lastIndexOf('run_', at - 1)) {
    const id = before.slice(at);
    if (!ID.test(id)) return undefined;
    const link = linkOf(id);
    if (link !== undefined) return { from: start + at, link };
  }
  return undefined;
}

function completeBase64(text: string, mark: string, linkOf: LinkOf): string {
  let result = '';
  let end = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, Math.max(end, at + 1))) {
    let from = at;
    while (from > end && BASE64_CHARACTER.test(text[from - 1]!)) from -= 1;
    let to = at + mark.length;
    while (to < text.length && BASE64_CHARACTER.test(text[to]!)) to += 1;
    const encoded = text.slice(from, to);
    const form = /[-_]/.test(encoded) ? 'base64url' : 'base64';
    const decoded = Buffer.from(encoded, form).toString('latin1');
    const completed = completePlain(decoded, linkOf);
    if (completed === decoded) continue;
    const again = Buffer.from(completed, 'latin1').toString(form);
    // Written without padding, it stays without.
    result +=
      text.slice(end, from) + (encoded.endsWith('=') ? again : again.replace(/(?<!=)=+$/, keepPadding(encoded)));
    end = to;
  }
  return result + text.slice(end);
}

/** A text whose length needs no padding says nothing about whether its writer pads; standard base64 does. */
function keepPadding(encoded: string): string {
  return encoded.length % 4 === 0 ? '$&' : '';
}

function macOf(secret: string, tenant: string, id: string): string {
  return createHmac('sha256', secret).update(`deferred/${tenant}/${id}`).digest('hex').slice(0, MAC_DIGITS);
}
