import { ConnectorError } from '../../connector/errors.ts';
import type { Actor } from '../access/actor.ts';
import { audit, auditWrite, type Change } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { countSealedWith, retireWrite } from '../secrets/key-checks.ts';
import { nameOfProcess, readProcesses } from '../secrets/processes.ts';
import { type Lock, tryLock } from '../store/locks.ts';
import { transact } from '../store/records.ts';
import { reissueLinks, rotateDataKey } from './data-key-rotation.ts';
import { type RotationProgress, type RotationResult, resealRecords } from './reseal.ts';
import { resealDefinitions } from './reseal-definitions.ts';

const LOCK_MS = 10_000;

/**
 * Seals everything again under the first key while the system serves, and makes a new data key. What is done is done: stopped or killed, the next call
 * continues with what is left. Every process must run with the new first key before, since one that does not could open nothing
 * that is sealed again: workers and API processes tell of theirs. Beginning, end, refusal and each retired key are in the
 * audit log of the actor's tenant.
 * @throws ConnectorError ERR_CONFLICT while another process rotates, or a process runs with another first key
 */
export async function rotateKeys(
  ctx: Context,
  actor: Actor,
  options: { onProgress?: (progress: RotationProgress) => void; signal?: AbortSignal; links?: 'keep' | 'reissue' } = {},
): Promise<RotationResult> {
  const lock = await begin(ctx, actor);
  const result: RotationResult = { resealed: 0, retired: [], failed: {} };
  try {
    const known = Object.keys(await ctx.redis.hgetall(ctx.keys.keyChecks()));
    const old = known.filter((id) => id !== ctx.keyring.primaryId);
    await audit(ctx, actor, rotation(ctx, 'rotate', { from: old }));
    for (const id of old) await resealRecords(ctx, id, { result, old, ...options });
    if (!options.signal?.aborted) {
      await retireKeys(ctx, actor, { result, old });
      await rotateDataKey(ctx, actor, options.signal);
      const definitions = await resealDefinitions(ctx, options.signal);
      if (definitions.failed > 0) result.failed[ctx.dataKeyring.primaryId] = definitions.failed;
      if (options.links === 'reissue') await reissueLinks(ctx, actor);
    }
    const stopped = options.signal?.aborted === true;
    await audit(ctx, actor, rotation(ctx, 'rotate_end', { ...result, ...(stopped ? { stopped } : {}) }));
    return result;
  } catch (error) {
    const code = error instanceof ConnectorError ? error.code : 'ERR_INTERNAL';
    await audit(ctx, actor, rotation(ctx, 'rotate_end', { ...result, error: code })).catch((cause: unknown) => {
      ctx.log.warn({ err: cause }, 'the end of the rotation could not be recorded in the audit log');
    });
    throw error;
  } finally {
    await lock.release();
  }
}

/** The lock, when nothing stands against rotating. */
async function begin(ctx: Context, actor: Actor): Promise<Lock> {
  try {
    const others = await othersOf(ctx);
    if (others.length > 0) throw othersRun(ctx, others);
    const lock = await tryLock(ctx, 'key-rotation', LOCK_MS);
    if (lock !== undefined) return lock;
    throw new ConnectorError('ERR_CONFLICT', 'another process is rotating the keys', {
      hint: 'Wait for it to end.',
    });
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_CONFLICT')
      await audit(ctx, actor, rotation(ctx, 'rotate_refused', { reason: error.message }));
    throw error;
  }
}

/** Takes the keys that seal nothing any more out of use; all stay when a process came up meanwhile that seals with one. */
async function retireKeys(
  ctx: Context,
  actor: Actor,
  { result, old }: { result: RotationResult; old: readonly string[] },
): Promise<void> {
  const others = await othersOf(ctx);
  if (others.length > 0) throw othersRun(ctx, others);
  for (const id of old) {
    if (result.failed[id] !== undefined || (await countSealedWith(ctx, id)) > 0) continue;
    const change = { action: 'encryption_key.retire', target: { kind: 'encryption_key', id } };
    await transact(ctx, [], [retireWrite(ctx, id), auditWrite(ctx, actor, change)]);
    result.retired.push(id);
  }
}

/** Processes that seal with another key than this one, in words. */
async function othersOf(ctx: Context): Promise<string[]> {
  return (await readProcesses(ctx))
    .filter(({ keyId }) => keyId !== ctx.keyring.primaryId)
    .map((process) => `${nameOfProcess(process)} ("${process.keyId}")`);
}

function othersRun(ctx: Context, others: readonly string[]): ConnectorError {
  const text = `processes run with a different first key than "${ctx.keyring.primaryId}": ${others.join('; ')}`;
  return new ConnectorError('ERR_CONFLICT', text, {
    hint: 'Put the new key before the old one in PENSTOCK_ENCRYPTION_KEYS of every process, restart them, then rotate.',
  });
}

function rotation(ctx: Context, verb: string, details: Record<string, unknown>): Change {
  const target = { kind: 'encryption_key', id: ctx.keyring.primaryId };
  return { action: `encryption_key.${verb}`, target, details };
}
