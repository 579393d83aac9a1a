import type { Context } from '../runs/context.ts';

/** An id as it stands in names of keys and members of shared lists; of a step's run, that of the topmost. */
const ID = /(?<![a-z])[a-z]+_[0-9a-z]+/g;
const BATCH = 1000;

/**
 * Writes down what belongs to a tenant before it goes: what a killed deletion leaves behind is found by it. Ids, not keys: one id is in the
 * names of many keys.
 */
export async function noteIds(ctx: Context, tenant: string, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += BATCH)
    await ctx.redis.sadd(noteKey(ctx, tenant), ...ids.slice(at, at + BATCH));
}

/** The ids that were written down, and the tenant's own. */
export async function notedIds(ctx: Context, tenant: string): Promise<Set<string>> {
  return new Set([tenant, ...(await ctx.redis.smembers(noteKey(ctx, tenant)))]);
}

/** Whether a text names one of the ids. */
export function namesOne(text: string, ids: ReadonlySet<string>): boolean {
  return text.match(ID)?.some((id) => ids.has(id)) === true;
}

/** The ids of everything that a tenant has but its runs. */
export async function listIds(ctx: Context, tenant: string): Promise<Record<OwnedKind, string[]>> {
  const { redis, keys } = ctx;
  const all = (key: string) => redis.zrange(key, '0', '-1');
  const [workflows, accounts, authentications, apps, endpoints, apiKeys, replays] = await Promise.all([
    all(keys.objects('workflow', tenant)),
    all(keys.records('linked_account', tenant)),
    all(keys.records('authentication', tenant)),
    all(keys.records('oauth_app', tenant)),
    all(keys.records('webhook_endpoint', tenant)),
    all(keys.records('api_key', tenant)),
    all(keys.objects('replay', tenant)),
  ]);
  const ranges = (await Promise.all(workflows.map((id) => all(keys.objects('range', id))))).flat();
  return { workflows, accounts, authentications, apps, endpoints, apiKeys, replays, ranges };
}

type OwnedKind = 'workflows' | 'accounts' | 'authentications' | 'apps' | 'endpoints' | 'apiKeys' | 'replays' | 'ranges';

/** set of ids. Goes with the record of the tenant. */
export function noteKey(ctx: Context, tenant: string): string {
  return ctx.keys.other('tenant-deletion', tenant);
}
