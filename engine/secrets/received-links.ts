import type { Context } from './context.ts';
import { deferredSignature } from './deferred-links.ts';
import { linkSecret, signLinkWith } from './signed-links.ts';
import { LINK_STARTS, MAX_RECEIVED_LENGTH, mayHoldLink, replaceSignatures } from './working-links.ts';

/**
 * A link that was sent to a service may come back from it, and callers may send one: where it is stored it must not work for those who
 * may only read. A link of the tenant is stored deferred, as links are that were never sent (see engine/secrets/deferred-links.ts), and
 * works again when it leaves; of one of another tenant the signature becomes stars.
 */

/** Each costs a hash; no data has as many by chance. What comes after them is taken for a link, unchecked. */
const MAX_CHECKED = 2000;
const STARS = '*'.repeat(32);

/** What the signatures of links that work become, by id and signature. */
type Replacements = ReadonlyMap<string, string>;

const NONE: Replacements = new Map();

/** The value without links that work, also in names of properties; the same value when it holds none. */
export async function deferReceived<T>(ctx: Context, tenant: string, value: T): Promise<T> {
  const texts: string[] = [];
  collectTexts(value, texts);
  if (texts.length === 0) return value;
  const replacements = await replacementsFor(ctx, tenant, texts);
  return replacements.size === 0 ? value : (replaceIn(value, replacements) as T);
}

/** Takes links that work out of bytes that come in pieces; there are as many bytes as before. */
export interface LinkFilter {
  push(piece: Uint8Array): Promise<Uint8Array>;
  /** What was held back: no link continues after it. */
  end(): Promise<Uint8Array>;
}

const MARKS = LINK_STARTS.map((text) => Buffer.from(text));
/** The beginning of a link may be cut anywhere in it. */
const LONGEST_MARK = Math.max(...MARKS.map(({ length }) => length));
const NOTHING = new Uint8Array(0);

/** Filters what is written for a tenant. */
export function createLinkFilter(ctx: Context, tenant: string): LinkFilter {
  let held: Uint8Array = NOTHING;
  const filtered = async (bytes: Buffer, continues: boolean): Promise<Buffer> => {
    if (!MARKS.some((mark) => bytes.includes(mark))) return bytes;
    const text = bytes.toString('latin1');
    const replacements = await replacementsFor(ctx, tenant, [text]);
    return replacements.size === 0 ? bytes : Buffer.from(replaceText(text, replacements, continues), 'latin1');
  };
  return {
    async push(piece) {
      const bytes = Buffer.concat([held, piece]);
      const done = await filtered(bytes, true);
      const isPlain = !MARKS.some((mark) => done.includes(mark));
      const end = Math.max(0, done.length - (isPlain ? LONGEST_MARK : MAX_RECEIVED_LENGTH));
      held = done.subarray(end);
      return done.subarray(0, end);
    },
    async end() {
      const rest = await filtered(Buffer.from(held), false);
      held = NOTHING;
      return rest;
    },
  };
}

async function replacementsFor(ctx: Context, tenant: string, texts: readonly string[]): Promise<Replacements> {
  const found = new Map<string, { id: string; signature: string }>();
  for (const text of texts) {
    if (!mayHoldLink(text)) continue;
    replaceSignatures(text, (id, signature) => {
      found.set(`${id}.${signature}`, { id, signature });
      return undefined;
    });
  }
  if (found.size === 0) return NONE;
  const secret = await linkSecret(ctx);
  const workflows = new Map<string, Partial<Signed>>();
  const replacements = new Map<string, string>();
  let checked = 0;
  for (const [link, { id }] of found) {
    checked += 1;
    if (checked > MAX_CHECKED) {
      replacements.set(link, STARS);
      continue;
    }
    const isIncomingWebhook = id.startsWith('wf_');
    if (isIncomingWebhook && !workflows.has(id)) workflows.set(id, await readWorkflow(ctx, id));
    const { url_generation: generation = 0, tenant: owner } = workflows.get(id) ?? {};
    if (signLinkWith(secret, isIncomingWebhook ? 'incoming_webhook' : 'approval', id, generation) !== link) continue;
    const isOwn = (isIncomingWebhook ? owner : await tenantOfRun(ctx, id)) === tenant;
    replacements.set(link, isOwn ? deferredSignature(secret, { tenant, id, generation }) : STARS);
  }
  return replacements;
}

/** What of a workflow's record its URL for webhooks is made of. One that is gone, or cannot be read, has none. */
interface Signed {
  tenant: string;
  url_generation?: number;
}

async function readWorkflow(ctx: Context, id: string): Promise<Partial<Signed>> {
  const text = await ctx.redis.get(ctx.keys.object('workflow', id));
  return text === null ? {} : parsed<Signed>(text);
}

/** The approval of a step that has not begun has no record yet: it is of the tenant of the run above it. */
async function tenantOfRun(ctx: Context, id: string): Promise<string | undefined> {
  const text = await ctx.redis.hget(ctx.keys.run(id.split('.', 1)[0]!), 'run');
  return text === null ? undefined : parsed<Signed>(text).tenant;
}

function parsed<T>(text: string): Partial<T> {
  try {
    return JSON.parse(text) as Partial<T>;
  } catch {
    // What cannot be read is nobody's: its link becomes stars.
    return {};
  }
}

function replaceText(text: string, replacements: Replacements, continues = false): string {
  return replaceSignatures(text, (id, signature) => replacements.get(`${id}.${signature}`), continues);
}

function collectTexts(value: unknown, texts: string[]): void {
  if (typeof value === 'string') {
    if (mayHoldLink(value)) texts.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collectTexts(item, texts);
  } else if (value !== null && typeof value === 'object') {
    for (const name in value) {
      if (mayHoldLink(name)) texts.push(name);
      collectTexts((value as Record<string, unknown>)[name], texts);
    }
  }
}

function replaceIn(value: unknown, replacements: Replacements): unknown {
  if (typeof value === 'string') return replaceText(value, replacements);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => replaceIn(item, replacements));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  const before = Object.entries(value);
  const after = before.map(
    ([name, item]) => [replaceText(name, replacements), replaceIn(item, replacements)] as [string, unknown],
  );
  return after.some(([name, item], i) => name !== before[i]![0] || item !== before[i]![1])
    ? Object.fromEntries(after)
    : value;
}
