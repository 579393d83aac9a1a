import type { Context } from '../runs/context.ts';
import { countSealedWith } from '../secrets/key-checks.ts';
import { readRecordsEach, transact } from '../store/records.ts';

/** How far a rotation is. */
export interface RotationProgress {
  /** Records re-sealed by this call. */
  done: number;
  /** Records that an older key still seals. */
  left: number;
}

export interface RotationResult {
  /** Records re-sealed by this call. */
  resealed: number;
  /** Keys that seal nothing any more and may be removed from the configuration. */
  retired: string[];
  /** Records per key that could not be opened; those keys stay in use. */
  failed: Record<string, number>;
}

/** Records in one round trip; 100 keep Redis free for others in between. */
const BATCH = 100;

/** Seals every record of one old key again under the first key, and counts in `result`. Ends early when `signal` aborts. */
export async function resealRecords(
  ctx: Context,
  keyId: string,
  run: {
    result: RotationResult;
    old: string[];
    onProgress?: (progress: RotationProgress) => void;
    signal?: AbortSignal;
  },
): Promise<void> {
  const { result } = run;
  let after = `[${keyId}|`;
  while (!run.signal?.aborted) {
    const members = await ctx.redis.zrangebylex(ctx.keys.sealedWith(), after, `(${keyId}}`, 'LIMIT', 0, BATCH);
    if (members.length === 0) return;
    after = `(${members.at(-1)!}`;
    const outcomes = await resealBatch(ctx, keyId, members);
    result.resealed += outcomes.filter((outcome) => outcome === 'done').length;
    const failed = outcomes.filter((outcome) => outcome === 'failed').length;
    if (failed > 0) result.failed[keyId] = (result.failed[keyId] ?? 0) + failed;
    const left = await Promise.all(run.old.map((id) => countSealedWith(ctx, id)));
    run.onProgress?.({ done: result.resealed, left: left.reduce((sum, count) => sum + count, 0) });
  }
}

type Outcome = 'done' | 'changed' | 'gone' | 'failed';

/** Reads the records of a batch in one round trip and writes each with a check on its version. */
async function resealBatch(ctx: Context, keyId: string, members: readonly string[]): Promise<Outcome[]> {
  const refs = members.map((member) => {
    const [kind = '', id = ''] = member.slice(keyId.length + 1).split(':');
    return { member, kind, id };
  });
  const byKind = Map.groupBy(refs, ({ kind }) => kind);
  const outcomes: Promise<Outcome>[] = [];
  for (const [kind, group] of byKind) {
    const { items, unreadable = [] } = await readRecordsEach<{ id: string; tenant: string }>(
      ctx,
      kind,
      group.map(({ id }) => id),
    );
    const found = new Map(items.map((record) => [record.value.id, record]));
    const bad = new Set(unreadable.map(({ id }) => id));
    for (const { id, member } of group) {
      // Its key stays in use: the record may be restored.
      if (bad.has(id)) outcomes.push(Promise.resolve('failed'));
      else outcomes.push(reseal(ctx, { kind, id, member, keyId, record: found.get(id) }));
    }
  }
  return Promise.all(outcomes);
}

async function reseal(
  ctx: Context,
  one: {
    kind: string;
    id: string;
    member: string;
    keyId: string;
    record: { value: { tenant: string }; version: number; sealed: string | undefined } | undefined;
  },
): Promise<Outcome> {
  const { record } = one;
  if (record?.sealed === undefined || ctx.keyring.keyIdOf(record.sealed) !== one.keyId) {
    await ctx.redis.zrem(ctx.keys.sealedWith(), one.member);
    return 'gone';
  }
  const owner = `${record.value.tenant}/${one.id}`;
  let text: string;
  try {
    text = ctx.keyring.seal(ctx.keyring.open(record.sealed, owner), owner);
  } catch (error) {
    ctx.log.error(
      { kind: one.kind, id: one.id, code: (error as { code?: string }).code },
      'a secret cannot be decrypted and was not changed',
    );
    return 'failed';
  }
  const key = ctx.keys.record(one.kind, one.id);
  // The version stays: nothing that anybody knows of the record has changed. A change that came first has re-sealed it itself.
  const failed = await transact(
    ctx,
    [['field', key, 'sealed', record.sealed]],
    [
      ['HSET', key, 'sealed', text],
      ['ZREM', ctx.keys.sealedWith(), one.member],
      ['ZADD', ctx.keys.sealedWith(), 0, `${ctx.keyring.primaryId}|${one.kind}:${one.id}`],
    ],
  );
  return failed === undefined ? 'done' : 'changed';
}
