/**
 * The layout of what Redis holds has a version. A process reads it before anything else: it stamps an empty store, migrates an older
 * one, and refuses one that it cannot read.
 */
import { setTimeout as after } from 'node:timers/promises';
import { tryLock } from './locks.ts';
import { isLockTaken, migrate } from './migrate.ts';
import { MIGRATIONS, type MigrationStep } from './migrations.ts';
import { transact } from './records.ts';
import {
  fenceWrite,
  isReadable,
  readStamp,
  SCHEMA_VERSION,
  type SchemaStore,
  stampWrite,
  tooNew,
} from './schema-stamp.ts';

/** Another process continues a migration this long after its process was killed. */
const LOCK_MS = 10_000;
const LOOK_AGAIN_MS = 500;

/**
 * Resolves when the store has a layout that this code works on: stamps an empty one, migrates an older one, or waits while another
 * process migrates it. Many processes may call it at once, and again after any of them was killed.
 * @throws ConnectorError ERR_SCHEMA_VERSION for a store that is too new, and while processes run that a migration would harm
 */
export async function ensureSchema(store: SchemaStore, steps: readonly MigrationStep[] = MIGRATIONS): Promise<void> {
  for (let isWaiting = false; ; ) {
    const stamp = await readStamp(store);
    if (stamp === undefined) {
      if (await stampEmpty(store)) return;
      continue;
    }
    if (isReadable(stamp)) return;
    if (stamp.version > SCHEMA_VERSION) throw tooNew(stamp);
    const lock = await tryLock(store, 'schema', LOCK_MS);
    if (lock !== undefined) {
      try {
        await migrate(store, lock, steps);
      } catch (error) {
        if (!isLockTaken(error)) throw error;
      } finally {
        await lock.release();
      }
      continue;
    }
    if (!isWaiting) store.log.info({ found: stamp.version }, 'another process migrates the store; this one waits');
    isWaiting = true;
    await after(LOOK_AGAIN_MS);
  }
}

/** False when another process wrote to the store meanwhile. */
async function stampEmpty(store: SchemaStore): Promise<boolean> {
  const { keys } = store;
  const refused = await transact(
    store,
    [
      ['absent', keys.schemaVersion()],
      ['absent', keys.keyChecks()],
    ],
    [stampWrite(store, { version: SCHEMA_VERSION, oldestReader: SCHEMA_VERSION }), fenceWrite(store)],
  );
  return refused === undefined;
}
