import { ConnectorError } from '../../connector/errors.ts';
import { transact } from '../store/records.ts';
import { isRedisUnavailable } from '../store/redis.ts';
import { readEach, readOne } from '../store/unreadable.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { decodeRun, encodeField, HEAD_FIELDS, type LooseFields } from './run-codec.ts';

/** The run as it is, of whatever tenant; `undefined` when there is none. */
export async function readRun(ctx: Context, id: string): Promise<Run | undefined> {
  return toRun(id, await ctx.redis.hgetall(ctx.keys.run(id)));
}

/** The run of a hash. @throws ConnectorError ERR_RECORD_UNREADABLE with the field, as all that read runs strictly */
export function toRun(id: string, fields: string[] | Record<string, string>): Run | undefined {
  return readOne('run', id, () => decodeRun(id, fields));
}

/** The run without what may be large in it: input, output and what only its own activations need. */
export async function readHead(ctx: Context, id: string): Promise<Run | undefined> {
  return fromHead(id, await ctx.redis.hmget(ctx.keys.run(id), ...HEAD_FIELDS));
}

/** The heads of many runs, in one round trip. */
export async function readHeads(ctx: Context, ids: readonly string[]): Promise<(Run | undefined)[]> {
  const values = await readHeadFields(ctx, ids);
  return ids.map((id, i) => fromHead(id, values[i]!));
}

/** As `readHeads`; a run that cannot be read is as one that is not there. */
export async function readableHeads(ctx: Context, ids: readonly string[]): Promise<(Run | undefined)[]> {
  const values = await readHeadFields(ctx, ids);
  return ids.map((id, i) => {
    const { items } = readEach(ctx, 'run', { records: [id], idOf: () => id, read: () => fromHead(id, values[i]!) });
    return items[0];
  });
}

async function readHeadFields(ctx: Context, ids: readonly string[]): Promise<(string | null)[][]> {
  const reading = ctx.redis.pipeline();
  for (const id of ids) reading.hmget(ctx.keys.run(id), ...HEAD_FIELDS);
  return ((await reading.exec()) ?? []).map(([error, values]) => {
    if (error) throw error;
    return values as (string | null)[];
  });
}

/** Sets one field of a run that is there, anyone who holds it. */
export async function writeField<K extends keyof LooseFields>(
  ctx: Context,
  run: Pick<Run, 'id' | 'tenant' | 'parent'>,
  name: K,
  value: LooseFields[K],
): Promise<void> {
  const key = ctx.keys.run(run.id);
  // A record that retention takes must not come back as a field of nothing.
  await transact(
    ctx,
    [['exists', key]],
    [
      ['HSET', key, name, encodeField(name, value)],
      ['ANNOUNCE', ctx.keys.changes(run.parent ?? run.tenant), run.id],
    ],
  );
}

/** Replays of a run that are noted with it, the last ones. */
const MAX_REPLAYS = 100;

/** Notes the replay of a run: as the last one, and among all of them. A second time it changes nothing; two at once are both noted. */
export async function noteReplay(
  ctx: Context,
  run: Pick<Run, 'id' | 'tenant' | 'parent'>,
  replay: string,
): Promise<void> {
  const key = ctx.keys.run(run.id);
  for (;;) {
    const known = await ctx.redis.hget(key, 'replays');
    const ids = known === null ? [] : known.split(' ');
    if (ids.includes(replay)) return;
    const replays = [...ids, replay].slice(-MAX_REPLAYS).join(' ');
    const refused = await transact(
      ctx,
      [['exists', key], known === null ? ['free', key, 'replays', ''] : ['field', key, 'replays', known]],
      [
        ['HSET', key, 'replayed_by', replay, 'replays', replays],
        ['ANNOUNCE', ctx.keys.changes(run.parent ?? run.tenant), run.id],
      ],
    );
    // A record that retention takes must not come back as a field of nothing.
    if (refused?.check !== 1) return;
  }
}

/** The tenant's run. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's. */
export async function getRun(ctx: Context, tenant: string, id: string): Promise<Run> {
  const run = await readRun(ctx, id).catch(async (error: unknown) => {
    // Whose it is cannot be read: it is told to those in whose list it is.
    if (isRedisUnavailable(error) || (await ctx.redis.zscore(ctx.keys.runs(tenant), id)) !== null) throw error;
    return undefined;
  });
  if (run === undefined || run.tenant !== tenant) {
    throw new ConnectorError('ERR_NOT_FOUND', `there is no run "${id}"`, {
      hint: 'Finished runs are kept for a limited time. "penstock runs" lists the existing runs.',
    });
  }
  return run;
}

function fromHead(id: string, values: (string | null)[]): Run | undefined {
  const flat = HEAD_FIELDS.flatMap((name, i) => (values[i] == null ? [] : [name, values[i]]));
  return flat.length === 0 ? undefined : toRun(id, flat);
}
