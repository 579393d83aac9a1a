import { DEFAULT_LIMIT, type ListPage, notAPosition, type PageRequest } from '../store/list-pages.ts';
import type { Write } from '../store/records.ts';
import { isStreamId } from '../store/stream-ids.ts';
import { readEach } from '../store/unreadable.ts';
import type { Actor } from './actor.ts';
import type { Context } from './context.ts';

/** The engine itself, where an actor is asked for. */
export function engineActor(tenant: string): Actor {
  return { tenant, keyId: 'engine', name: 'engine' };
}

/** One change. Never holds a secret: `details` are names and counts. */
export interface AuditEntry {
  id: string;
  /** RFC 3339. */
  at: string;
  /** `<kind>.<verb>`, such as `authentication.replace_secret` or `run.replay`. */
  action: string;
  actor: { key: string; name: string; from?: string };
  target: { kind: string; id: string; name?: string };
  details?: Record<string, unknown>;
}

/** What was done to what. */
export interface Change {
  action: string;
  target: { kind: string; id: string; name?: string };
  details?: Record<string, unknown>;
}

/** Entries of everyday work kept per tenant, about 400 bytes each; older ones go. */
const MAX_EVERYDAY = 10_000;
/** Entries about who may do what, and with which credentials, are kept apart and longer: everyday changes do not push them out. */
const MAX_ACCESS = 50_000;
/** Kinds of everyday work; whatever is not named here counts as access. */
const EVERYDAY = new Set(['run', 'replay', 'backfill', 'cursor', 'workflow', 'trigger', 'approval', 'connect_link']);
/** What is changed often and gives nobody a right. */
const EVERYDAY_ACTIONS = new Set(['linked_account.update', 'authentication.needs_reauth']);
/** Entries that one call with a filter looks at: about 2 MB. */
const MAX_LOOKED = 5000;
const BATCH = 500;
/** Entries stand in the order in which Redis got them; the clocks of the processes that wrote them differ by less. */
const CLOCKS_MS = 60_000;
/** Position of an entry in its stream; `a` when the one of the same position among everyday entries is still to come. */
const POSITION = /^(\d{1,20})-(\d{1,20})(a?)$/;

/** The write that records a change, to be in the transaction of the change itself: neither happens without the other. */
export function auditWrite(ctx: Pick<Context, 'keys' | 'clock'>, actor: Actor, change: Change): Write {
  const entry: Omit<AuditEntry, 'id'> = {
    at: new Date(ctx.clock.now()).toISOString(),
    action: change.action,
    actor: { key: actor.keyId, name: actor.name, ...(actor.from === undefined ? {} : { from: actor.from }) },
    target: change.target,
    ...(change.details === undefined ? {} : { details: change.details }),
  };
  const [key, most] = isEveryday(change)
    ? [ctx.keys.audit(actor.tenant), MAX_EVERYDAY]
    : [ctx.keys.accessAudit(actor.tenant), MAX_ACCESS];
  return ['XADD', key, 'MAXLEN', '~', most, '*', 'entry', JSON.stringify(entry)];
}

/** Records a change that has no transaction of its own to be in. */
export async function audit(
  ctx: Pick<Context, 'redis' | 'keys' | 'clock'>,
  actor: Actor,
  change: Change,
): Promise<void> {
  const [command, key, ...args] = auditWrite(ctx, actor, change);
  await ctx.redis.call(command, key, ...args);
}

/** Which entries are meant; fields that are left out match all. */
export interface AuditFilter {
  /** `<kind>.<verb>`, or the kind alone. */
  action?: string | undefined;
  /** Id or name of the API key. */
  actor?: string | undefined;
  /** Id or name of what was changed. */
  target?: string | undefined;
  /** Epoch ms, inclusive. */
  from?: number | undefined;
  to?: number | undefined;
}

/**
 * A tenant's changes, newest first. With a filter, one call looks at 5,000 entries at most: there may be fewer than `limit`, or
 * none, and more on the next page. @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export async function listAudit(
  ctx: Pick<Context, 'redis' | 'keys' | 'meters'>,
  tenant: string,
  { limit = DEFAULT_LIMIT, after, ...filter }: PageRequest & AuditFilter = {},
): Promise<ListPage<AuditEntry>> {
  if (after !== undefined && !(POSITION.test(after) && isStreamId(after.replace(/a$/, '')))) throw notAPosition();
  if (Object.values(filter).some((value) => value !== undefined)) return search(ctx, tenant, { filter, limit, after });
  const entries = await readBoth(ctx, tenant, { after, count: limit + 1 });
  const shown = entries.slice(0, limit);
  const found = readEntries(ctx, shown);
  return { ...found, ...(entries.length > limit ? { next: positionAfter(shown.at(-1)!) } : {}) };
}

async function search(
  ctx: Pick<Context, 'redis' | 'keys' | 'meters'>,
  tenant: string,
  of: { filter: AuditFilter; limit: number; after: string | undefined },
): Promise<ListPage<AuditEntry>> {
  const { filter, limit } = of;
  let { after } = of;
  const items: AuditEntry[] = [];
  for (let looked = 0; looked < MAX_LOOKED; looked += BATCH) {
    const entries = await readBoth(ctx, tenant, { after, count: BATCH });
    for (const entry of entries) {
      if (items.length === limit) return { items, next: after };
      const [read] = readEntries(ctx, [entry]).items;
      // They are listed newest first: nothing older is meant.
      if (read !== undefined && filter.from !== undefined && Date.parse(read.at) < filter.from - CLOCKS_MS)
        return { items };
      if (read !== undefined && matches(read, filter)) items.push(read);
      after = positionAfter(entry);
    }
    if (entries.length < BATCH) return { items };
  }
  return { items, next: after };
}

function matches({ at, action, actor, target }: AuditEntry, filter: AuditFilter): boolean {
  const time = Date.parse(at);
  return (
    (filter.action === undefined || action === filter.action || action.startsWith(`${filter.action}.`)) &&
    (filter.actor === undefined || actor.key === filter.actor || actor.name === filter.actor) &&
    (filter.target === undefined || target.id === filter.target || target.name === filter.target) &&
    (filter.from === undefined || time >= filter.from) &&
    (filter.to === undefined || time <= filter.to)
  );
}

function readEntries(ctx: Pick<Context, 'meters'>, entries: readonly StreamEntry[]) {
  return readEach(ctx, 'audit_entry', {
    records: entries,
    idOf: ({ id }) => id,
    read: ({ id, text }) => ({ id, ...(JSON.parse(text) as Omit<AuditEntry, 'id'>) }),
  });
}

interface StreamEntry {
  id: string;
  text: string;
  isAccess: boolean;
}

function isEveryday({ action }: Change): boolean {
  return EVERYDAY_ACTIONS.has(action) || EVERYDAY.has(action.slice(0, action.indexOf('.')));
}

/** Entries of both streams as one, newest first; of two with the same position, the one about access comes first. */
async function readBoth(
  { redis, keys }: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  { after, count }: { after: string | undefined; count: number },
): Promise<StreamEntry[]> {
  const [, ms, seq, mark] = POSITION.exec(after ?? '') ?? [];
  const at = `${ms}-${seq}`;
  const [access, everyday] = await Promise.all([
    redis.xrevrange(keys.accessAudit(tenant), ms === undefined ? '+' : `(${at}`, '-', 'COUNT', count),
    redis.xrevrange(keys.audit(tenant), ms === undefined ? '+' : mark === 'a' ? at : `(${at}`, '-', 'COUNT', count),
  ]);
  const toEntry =
    (isAccess: boolean) =>
    ([id, fields]: [string, string[]]): StreamEntry => ({ id, text: fields[1] ?? '', isAccess });
  const all = [...access.map(toEntry(true)), ...everyday.map(toEntry(false))];
  return all.sort((a, b) => comparePositions(b.id, a.id) || Number(b.isAccess) - Number(a.isAccess)).slice(0, count);
}

function comparePositions(a: string, b: string): number {
  const [aMs, aSeq] = a.split('-').map(Number) as [number, number];
  const [bMs, bSeq] = b.split('-').map(Number) as [number, number];
  return aMs - bMs || aSeq - bSeq;
}

function positionAfter({ id, isAccess }: StreamEntry): string {
  return isAccess ? `${id}a` : id;
}
