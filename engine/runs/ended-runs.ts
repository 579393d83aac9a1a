import { usageWrite } from '../store/quotas.ts';
import { transact, type Write } from '../store/records.ts';
import type { Context } from './context.ts';
import type { OpenRun, Run, RunEnd } from './run.ts';
import { encodeEndedNew } from './run-codec.ts';

/** Retention removes a run with its index entries and artifacts; the key's own expiry is only for when retention stands still. */
const DAY_MS = 86_400_000;
const EXPIRY_MARGIN_MS = 7 * DAY_MS;

/** How long the record of an ended run is kept at most. */
export function keepMs({ config }: Context): number {
  return config.retentionMs + EXPIRY_MARGIN_MS;
}

/** Writes the run of a step that has ended as soon as it is there; with the same id a second time it changes nothing. */
export async function writeEndedRun(ctx: Context, run: OpenRun, end: RunEnd): Promise<void> {
  const { keys } = ctx;
  const key = keys.run(run.id);
  const now = ctx.clock.now();
  const fields = encodeEndedNew(run, end, now);
  const { index, ms } = endedPlace(ctx, run);
  const writes: Write[] = [
    ['HSET', key, ...fields],
    usageWrite(ctx, { tenant: run.tenant, name: 'input_bytes', amount: inputBytes(fields) }),
    ['ZADD', index, now, run.id],
    ...(ms === undefined ? [] : [['PEXPIRE', key, ms] as Write]),
    ['ANNOUNCE', keys.changes(run.parent ?? run.tenant), run.id],
  ];
  await transact(ctx, [['absent', key]], writes);
}

/**
 * Where an ended run is found by retention, and how long its record is kept at most. The id of a run below another begins with that of the
 * topmost, and a dot: while that one is open, its steps and items may be read, so such a run is held until retention releases it.
 */
export function endedPlace(ctx: Context, { id, tenant }: Pick<Run, 'id' | 'tenant'>): { index: string; ms?: number } {
  if (id.includes('.')) return { index: ctx.keys.heldRuns(tenant) };
  return { index: ctx.keys.endedRuns(tenant), ms: keepMs(ctx) };
}

/** What a caller gives with a run, and its record keeps. */
const GIVEN: ReadonlySet<string> = new Set(['input', 'metadata']);

/** Bytes of the input and the metadata of an encoded run, as `HSTRLEN` counts them. */
function inputBytes(fields: readonly string[]): number {
  let bytes = 0;
  for (let i = 0; i + 1 < fields.length; i += 2) if (GIVEN.has(fields[i]!)) bytes += Buffer.byteLength(fields[i + 1]!);
  return bytes;
}
