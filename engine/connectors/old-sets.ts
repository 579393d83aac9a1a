import { parseJson } from '../../connector/json.ts';
import type { Tenant } from '../access/tenants.ts';
import { unchanged } from '../store/compare-and-set.ts';
import { tryItem } from '../store/each-item.ts';
import { usageWrite } from '../store/quotas.ts';
import { readRecord, transact, type Write } from '../store/records.ts';
import { type ConnectorSet, catalogOfField, filesField, setField } from './connector-sets.ts';
import type { Context } from './context.ts';

/** A process that missed a change makes runs of the old catalog for 30 seconds; an hour leaves room for any that is slow. */
const KEEP_MS = 3_600_000;
const BATCH = 500;

/**
 * Removes the sets of connectors that no run needs any more: they were replaced an hour ago, and no run that is open began with them.
 * One process at a time; after a crash the next call continues. Returns how many were removed.
 */
export async function removeOldSets(ctx: Context): Promise<number> {
  const before = ctx.clock.now() - KEEP_MS;
  const tenants = await ctx.redis.zrangebyscore(ctx.keys.oldConnectors(), '-inf', before);
  if (tenants.length === 0) return 0;
  const used = await catalogsInUse(ctx);
  let count = 0;
  for (const item of tenants) {
    const work = async () => {
      count += await removeOf(ctx, item, used);
    };
    await tryItem(ctx, { loop: 'connectors', item }, work);
  }
  return count;
}

/** `<tenant> <catalog>` of each run that is open. */
async function catalogsInUse({ redis, keys }: Context): Promise<Set<string>> {
  const used = new Set<string>();
  for (let cursor = '0'; ; ) {
    // A scan returns what is there all the time; by rank, a run that is touched meanwhile could be skipped.
    const [next, flat] = await redis.zscan(keys.openRuns(), cursor, 'COUNT', BATCH);
    const reading = redis.pipeline();
    for (let i = 0; i < flat.length; i += 2) reading.hget(keys.run(flat[i]!), 'run');
    for (const [error, text] of (await reading.exec()) ?? []) {
      if (error !== null) throw error;
      if (typeof text !== 'string' || !text.includes('"catalog":')) continue;
      const { tenant, catalog } = parseJson(text) as { tenant?: string; catalog?: number };
      if (catalog !== undefined) used.add(`${tenant} ${catalog}`);
    }
    if (next === '0') return used;
    cursor = next;
  }
}

async function removeOf(ctx: Context, tenant: string, used: ReadonlySet<string>): Promise<number> {
  const record = await readRecord<Tenant>(ctx, 'tenant', tenant);
  const key = ctx.keys.connectors(tenant);
  const old = ctx.keys.oldConnectors();
  const present = record?.value.catalog;
  if (record === undefined || present === undefined) {
    await ctx.redis.zrem(old, tenant);
    return 0;
  }
  const fields = await ctx.redis.hkeys(key);
  const catalogs = fields.flatMap((field) => catalogOfField(field) ?? []).sort((a, b) => a - b);
  const texts = catalogs.length === 0 ? [] : await ctx.redis.hmget(key, ...catalogs.map(setField));
  const sets = catalogs.map((catalog, i) => ({ catalog, set: JSON.parse(texts[i]!) as ConnectorSet }));
  const isOver = (index: number) => {
    const next = sets[index + 1];
    return next !== undefined && next.set.since < ctx.clock.now() - KEEP_MS;
  };
  const gone = sets.filter(({ catalog }, i) => catalog < present && isOver(i) && !used.has(`${tenant} ${catalog}`));
  const kept = sets.filter((each) => !gone.includes(each));
  const isNeeded = new Set(
    kept.flatMap(({ set }) => Object.entries(set.connectors).map(([id, { revision }]) => filesField(id, revision))),
  );
  const files = new Map(
    gone.flatMap(({ set }) =>
      Object.entries(set.connectors).map(([id, { revision, bytes }]): [string, number] => [
        filesField(id, revision),
        bytes,
      ]),
    ),
  );
  const unused = [...files].filter(([field]) => !isNeeded.has(field));
  const bytes = unused.reduce((sum, [, size]) => sum + size, 0);
  const removed = [...gone.map(({ catalog }) => setField(catalog)), ...unused.map(([field]) => field)];
  const writes: Write[] = [
    ...(removed.length === 0 ? [] : [['HDEL', key, ...removed] satisfies Write]),
    usageWrite(ctx, { tenant, name: 'connector_bytes', amount: -bytes }),
    // Of those that runs still need, the next look is in an hour.
    kept.length > 1 ? ['ZADD', old, 'XX', ctx.clock.now(), tenant] : ['ZREM', old, tenant],
  ];
  // A change in between has made the present one old; the next round looks again.
  const failed = await transact(ctx, [unchanged(ctx, 'tenant', tenant, record)], writes);
  return failed === undefined ? gone.length : 0;
}
