import type { ConnectorError } from '../../connector/errors.ts';
import { readTenantIds } from '../access/tenants.ts';
import type { Context } from './context.ts';

/**
 * Takes an open run that cannot be read out of circulation: it counts as failed from now on, gives its place to others, and goes with
 * the ended runs. Its record stays as it is, for anyone who looks for the reason; lists tell of it. Whose it was cannot be read, so
 * the place is given back for every tenant. Called again, it changes nothing.
 */
export async function quarantineRun(ctx: Context, id: string, error: ConnectorError): Promise<void> {
  const { redis, keys } = ctx;
  const now = ctx.clock.now();
  ctx.meters.count('penstock_unreadable_records_total', ['run']);
  ctx.log.error({ run: id, err: error }, 'a run record that cannot be read was ended');
  const owners = await ownersOf(ctx);
  const writing = redis.multi();
  writing.hset(keys.run(id), 'status', 'failed', 'finished_at', now).zrem(keys.openRuns(), id);
  writing.zadd(keys.endedRuns(), now, id).publish(keys.runChannel(id), 'failed');
  for (const owner of owners) writing.srem(keys.inFlight(owner), id);
  await writing.exec();
}

async function ownersOf(ctx: Context): Promise<string[]> {
  const tenants = await readTenantIds(ctx);
  const lists = await Promise.all(
    tenants.map((tenant) => ctx.redis.zrange(ctx.keys.records('linked_account', tenant), '0', '-1')),
  );
  return [...tenants, ...lists.flat()];
}
