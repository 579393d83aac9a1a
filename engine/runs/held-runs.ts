import { readFields } from '../store/read-fields.ts';
import type { Context } from './context.ts';
import { keepMs } from './ended-runs.ts';
import { isEnded, type RunStatus } from './run.ts';

/** Runs looked at in one round trip, which Redis does at once. */
const BATCH = 500;

/**
 * Releases the ended runs of steps and items whose topmost run has ended, too, or is gone: only then retention counts them. Until
 * then the steps and loops above may read them. A run that has ended never continues, so reading first is safe. Called again, it changes
 * nothing.
 */
export async function releaseHeld(ctx: Context, tenant: string): Promise<void> {
  const { redis, keys } = ctx;
  const held = keys.heldRuns(tenant);
  for (let from = 0; ; ) {
    const found = await redis.zrange(held, String(from), String(from + BATCH - 1), 'WITHSCORES');
    if (found.length === 0) return;
    const open = await openRoots(ctx, found);
    const ids: string[] = [];
    const places: string[] = [];
    for (let i = 0; i + 1 < found.length; i += 2) {
      const id = found[i]!;
      if (open.has(rootOf(id))) continue;
      ids.push(id);
      places.push(found[i + 1]!, id);
    }
    if (ids.length > 0) {
      const writing = redis
        .multi()
        .zrem(held, ...ids)
        .zadd(keys.endedRuns(tenant), ...places);
      for (const id of ids) writing.pexpire(keys.run(id), keepMs(ctx));
      await execute(writing);
    }
    from += found.length / 2 - ids.length;
  }
}

/** Those of the topmost runs that have not ended. */
async function openRoots({ redis, keys }: Context, found: readonly string[]): Promise<Set<string>> {
  const roots = [...new Set(found.filter((_, i) => i % 2 === 0).map(rootOf))];
  const statuses = await readFields(
    redis,
    roots.map((root) => keys.run(root)),
    ['status'],
  );
  return new Set(roots.filter((_, i) => statuses[i]![0] != null && !isEnded(statuses[i]![0] as RunStatus)));
}

async function execute(commands: ReturnType<Context['redis']['pipeline']>): Promise<unknown[]> {
  return ((await commands.exec()) ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
}

function rootOf(id: string): string {
  return id.split('.', 1)[0]!;
}
