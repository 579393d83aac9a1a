import { randomBytes } from 'node:crypto';
import { type Check, type Store, transact } from './records.ts';

/** A lock in Redis that is held; it lapses by itself when its holder dies. */
export interface Lock {
  readonly key: string;
  /** The value under the key while it is held; a write may be made to depend on it. */
  readonly owner: string;
  /** False once the lock may have lapsed, judged by this machine's steady clock: also after the process was paused. */
  isHeld(): boolean;
  /** Gives it up if it is still ours; called again it does nothing. */
  release(): Promise<void>;
}

const OWNER_BYTES = 16;
/** Prolonged three times per life, so that one lost command does not lose the lock. */
const BEATS_PER_LIFE = 3;

/**
 * Takes a lock for `lifeMs`, prolonged in the background until it is released; undefined when another has it.
 * The life is short so that a killed holder is followed soon; anyone who must be sure writes with a check on `owner` or on a version.
 */
export async function tryLock(store: Store, name: string, lifeMs: number): Promise<Lock | undefined> {
  const key = store.keys.lock(name);
  const owner = randomBytes(OWNER_BYTES).toString('base64url');
  let heldUntil = performance.now() + lifeMs;
  if ((await store.redis.set(key, owner, 'PX', lifeMs, 'NX')) === null) return undefined;
  // One that lapsed and was taken by another is neither prolonged nor released.
  const isOurs: Check = ['equals', key, owner];
  const heartbeat = setInterval(() => {
    const until = performance.now() + lifeMs;
    transact(store, [isOurs], [['PEXPIRE', key, lifeMs]]).then(
      (refused) => {
        heldUntil = refused === undefined ? Math.max(heldUntil, until) : 0;
      },
      () => {
        // Redis is unavailable: the lock lapses at `heldUntil`, which is not moved.
      },
    );
  }, lifeMs / BEATS_PER_LIFE);
  heartbeat.unref();
  return {
    key,
    owner,
    isHeld: () => performance.now() < heldUntil,
    async release() {
      clearInterval(heartbeat);
      heldUntil = 0;
      await transact(store, [isOurs], [['DEL', key]]).catch(() => {
        // Redis is unavailable: the lock lapses by itself.
      });
    },
  };
}
