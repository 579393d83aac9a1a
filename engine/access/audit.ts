import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import type { Page, Write } from '../records.ts';
import { readEach } from '../unreadable.ts';

/** Who did something: an API key, an end user with a connect link, or the engine itself. */
export interface Actor {
  tenant: string;
  /** API key id, connect link id, or `engine`. */
  keyId: string;
  /** Name of the key, for people. */
  name: string;
  /** Network address the request came from. */
  from?: string;
}

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

/** Entries kept per tenant, about 400 bytes each; older ones go. */
const MAX_ENTRIES = 10_000;
const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;
const POSITION = /^\d{1,20}-\d{1,20}$/;

/** The write that records a change, to stand in the transaction of the change itself: neither happens without the other. */
export function auditWrite(ctx: Pick<Context, 'keys' | 'clock'>, actor: Actor, change: Change): Write {
  const entry: Omit<AuditEntry, 'id'> = {
    at: new Date(ctx.clock.now()).toISOString(),
    action: change.action,
    actor: { key: actor.keyId, name: actor.name, ...(actor.from === undefined ? {} : { from: actor.from }) },
    target: change.target,
    ...(change.details === undefined ? {} : { details: change.details }),
  };
  return ['XADD', ctx.keys.audit(actor.tenant), 'MAXLEN', '~', MAX_ENTRIES, '*', 'entry', JSON.stringify(entry)];
}

/** Records a change that has no transaction of its own to stand in. */
export async function audit(
  ctx: Pick<Context, 'redis' | 'keys' | 'clock'>,
  actor: Actor,
  change: Change,
): Promise<void> {
  const [command, key, ...args] = auditWrite(ctx, actor, change);
  await ctx.redis.call(command, key, ...args);
}

/** A tenant's changes, newest first. @throws ConnectorError ERR_INPUT_INVALID for a limit or cursor that cannot be used */
export async function listAudit(
  ctx: Pick<Context, 'redis' | 'keys' | 'meters'>,
  tenant: string,
  page: { limit?: number | undefined; cursor?: string | undefined } = {},
): Promise<Page<AuditEntry>> {
  const { limit = DEFAULT_PAGE, cursor } = page;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw invalid('limit', `must be a whole number from 1 to ${MAX_PAGE}`);
  if (cursor !== undefined && !POSITION.test(cursor))
    throw invalid('cursor', 'must be the next_cursor of the page before');
  const entries = await ctx.redis.xrevrange(
    ctx.keys.audit(tenant),
    cursor === undefined ? '+' : `(${cursor}`,
    '-',
    'COUNT',
    limit + 1,
  );
  const shown = entries.slice(0, limit);
  const found = readEach(ctx, 'audit_entry', {
    records: shown,
    idOf: ([id]) => id,
    read: ([id, fields]) => ({ id, ...(JSON.parse(fields[1]!) as Omit<AuditEntry, 'id'>) }),
  });
  return { ...found, ...(entries.length > limit ? { next_cursor: shown.at(-1)![0] } : {}) };
}

function invalid(field: string, message: string): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `"${field}" ${message}`, {
    errors: [{ pointer: `/${field}`, message }],
  });
}
