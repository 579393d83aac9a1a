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
  return fromFields(id, HEAD_FIELDS, await ctx.redis.hmget(ctx.keys.run(id), ...HEAD_FIELDS));
}

/** The heads of many runs, in one round trip. */
export async function readHeads(ctx: Context, ids: readonly string[]): Promise<(Run | undefined)[]> {
  const values = await readFieldsOf(ctx, ids, HEAD_FIELDS);
  return ids.map((id, i) => fromFields(id, HEAD_FIELDS, values[i]!));
}

/** As `readHeads`; a run that cannot be read is as one that is not there. */
export async function readableHeads(ctx: Context, ids: readonly string[]): Promise<(Run | undefined)[]> {
  const values = await readFieldsOf(ctx, ids, HEAD_FIELDS);
  return ids.map((id, i) => {
    const { items } = readEach(ctx, 'run', {
      records: [id],
      idOf: () => id,
      read: () => fromFields(id, HEAD_FIELDS, values[i]!),
    });
    return items[0];
  });
}

/** The same fields of many runs, in one round trip. */
export async function readFieldsOf(
  ctx: Context,
  ids: readonly string[],
  names: readonly string[],
): Promise<(string | null)[][]> {
  // No pipeline: ioredis copies all commands into each, and those of one turn are written together anyway.
  return Promise.all(ids.map((id) => ctx.redis.hmget(ctx.keys.run(id), ...names)));
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

/** The run of some of its fields, in the order of their names. @throws ConnectorError ERR_RECORD_UNREADABLE */
export function fromFields(id: string, names: readonly string[], values: (string | null)[]): Run | undefined {
  const flat: string[] = [];
  for (const [i, name] of names.entries()) if (values[i] != null) flat.push(name, values[i]);
  return flat.length === 0 ? undefined : toRun(id, flat);
}
