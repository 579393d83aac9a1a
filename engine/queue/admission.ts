import { type BoundedCache, createBoundedCache } from '../../connector/bounded-cache.ts';
import type { Context } from './context.ts';

/** How full it is where a run is to enter. */
export interface Crowd {
  /** Runs of the account that have a job and neither ended nor wait for the service. */
  ofAccount: number;
  ofTenant: number;
  /** Most of a tenant in flight; of an account as well. */
  window: number;
  /** Runs of the account wait for their turn. */
  hasBacklog: boolean;
}

/** How a run wants to enter: `first` when a person waits for it; `most`: its account's own limit in flight, 0 for none. */
export interface Entry {
  kind: 'first' | 'bulk';
  most: number;
}

/** An account with fewer in flight goes before others, in front of that a tenant with fewer. */
const FEW_OF_ACCOUNT = 20;
const FEW_OF_TENANT = 60;

/** Of a run for which nobody waits, of an account that has many in flight. */
export const BULK_RANK = 3;

/** What an answer of Redis told is used for this long; then the account is taken to be idle, and the next answer corrects it. */
const KNOWN_MS = 1000;
/** Of each kind, about 10,000. */
const MAX_KNOWN_SIZE = 1_500_000;
const IDLE: Crowd = Object.freeze({ ofAccount: 0, ofTenant: 0, window: 64, hasBacklog: false });

/** What goes before the runs of all tenants is little: so many runs of a tenant at once, and then one each time. */
const MAX_FIRST = 20;
const FIRST_EVERY_MS = 50;

/**
 * Where a run enters: its rank in the queue (0 first, 3 last, first come first served within one), or its account's backlog. What one
 * process knows may be a little old, so an account may exceed its window: by as many runs as are written at once.
 */
export function placeOfRun(
  { ofAccount, ofTenant, window, hasBacklog }: Crowd,
  { kind, most, mayGoFirst }: Entry & { mayGoFirst: () => boolean },
): number | 'backlog' {
  const allowed = Math.min(most > 0 ? most : window, window);
  const isSmall = ofAccount < FEW_OF_ACCOUNT;
  if (kind === 'first') {
    if (ofAccount >= 2 * allowed) return 'backlog';
    if (mayGoFirst()) return 0;
  } else if (ofAccount >= allowed || hasBacklog || (!isSmall && ofTenant >= window)) return 'backlog';
  if (!isSmall) return BULK_RANK;
  return ofTenant < FEW_OF_TENANT ? 1 : 2;
}

/**
 * Whether a run of a tenant for which a person waits goes before those of all tenants; counts it. More than 20 at once and 20 a second are
 * no longer what people wait for: they go before the tenant's own runs, but not before those of others. Each process counts its own.
 */
export function mayGoFirst(ctx: Context, tenant: string): boolean {
  const { first } = knownOf(ctx);
  const now = ctx.clock.now();
  const next = Math.max(first.get(tenant) ?? 0, now);
  if (next - now > (MAX_FIRST - 1) * FIRST_EVERY_MS) return false;
  first.set(tenant, next + FIRST_EVERY_MS);
  return true;
}

interface Known {
  accounts: BoundedCache<Pick<Crowd, 'ofAccount' | 'hasBacklog'> & { at: number }>;
  tenants: BoundedCache<Pick<Crowd, 'ofTenant' | 'window'> & { at: number }>;
  /** When the next run of a tenant would be due to go first, epoch ms. */
  first: BoundedCache<number>;
}

const known = new WeakMap<Context['queues'], Known>();

/** What this process knows of an account and its tenant. */
export function crowdOf(ctx: Context, { account, tenant }: { account: string; tenant: string }): Crowd {
  const { accounts, tenants } = knownOf(ctx);
  const oldest = ctx.clock.now() - KNOWN_MS;
  const its = accounts.get(account);
  const all = tenants.get(tenant);
  const { ofAccount, hasBacklog } = its !== undefined && its.at > oldest ? its : IDLE;
  const { ofTenant, window } = all !== undefined && all.at > oldest ? all : IDLE;
  return { ofAccount, ofTenant, window, hasBacklog };
}

/** Notes what Redis answered, or what the process has sent meanwhile. */
export function noteCrowd(ctx: Context, of: { account: string; tenant: string }, crowd: Crowd): void {
  const { accounts, tenants } = knownOf(ctx);
  const { ofAccount, ofTenant, window, hasBacklog } = crowd;
  const at = ctx.clock.now();
  accounts.set(of.account, { ofAccount, hasBacklog, at });
  tenants.set(of.tenant, { ofTenant, window, at });
}

function knownOf(ctx: Context): Known {
  let its = known.get(ctx.queues);
  if (its === undefined) {
    its = {
      accounts: createBoundedCache(MAX_KNOWN_SIZE),
      tenants: createBoundedCache(MAX_KNOWN_SIZE),
      first: createBoundedCache(MAX_KNOWN_SIZE),
    };
    known.set(ctx.queues, its);
  }
  return its;
}
