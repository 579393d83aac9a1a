import { setTimeout as after } from 'node:timers/promises';
import { ConnectorError } from '../../connector/errors.ts';
import type { Lock } from './locks.ts';
import { GONE_MS, readOldProcesses } from './old-processes.ts';
import { type Check, transact, type Write } from './records.ts';
import {
  fenceWrite,
  readStamp,
  type SchemaStore,
  type Stamp,
  stampWrite,
  UNSTAMPED,
  unfenceWrite,
  VERSION_1_FENCE,
} from './schema-stamp.ts';

/**
 * Brings a store from one version to the next. A step may be killed at any point and run again from its beginning: what it has done it
 * finds done.
 */
export interface MigrationStep {
  /** The version of the store after it. */
  to: number;
  /**
   * Code of this version or later works on the store after the step. Processes of older code must have stopped before it. `to - 1`: the
   * step leaves in every record what code of the version before reads, so processes are upgraded one at a time.
   */
  oldestReader: number;
  run(migration: Migration): Promise<void>;
}

/** What a step works with. */
export interface Migration extends Pick<SchemaStore, 'redis' | 'keys'> {
  /**
   * Does all writes at once if every check holds; false when one does not. They are refused when another process has taken over.
   * Throws an error of `isLockTaken`.
   */
  write(checks: readonly Check[], writes: readonly Write[]): Promise<boolean>;
  /** Tells of records that were looked at, after each batch. @throws ConnectorError ERR_SCHEMA_VERSION when an old process was started */
  progress(subject: string, records: number): Promise<void>;
}

const LOCK_TAKEN = Symbol('another process migrates the store');
const LOOK_AGAIN_MS = 500;
/** Between two lines of a step in the log. */
const TELL_EVERY_MS = 5000;

/** Whether an error means that another process has taken the lock of the migration. */
export function isLockTaken(error: unknown): boolean {
  return error === LOCK_TAKEN;
}

/**
 * Runs the steps that the store has not seen, in order, and stamps it after each.
 * @throws ConnectorError ERR_SCHEMA_VERSION with the processes that must be stopped first; nothing was changed when it was thrown before the first write
 */
export async function migrate(store: SchemaStore, lock: Lock, steps: readonly MigrationStep[]): Promise<void> {
  let stamp = (await readStamp(store)) ?? UNSTAMPED;
  for (const step of steps) {
    if (step.to <= stamp.version) continue;
    await waitForOldProcesses(store, step);
    const migration = openMigration(store, lock, step);
    if (stamp.version === 1) await guard(store, migration, step);
    store.log.info({ from: stamp.version, to: step.to }, 'the migration of the store begins');
    await step.run(migration);
    const next = { version: step.to, oldestReader: step.oldestReader };
    await migration.write([isAt(store, stamp)], [stampWrite(store, next)]);
    store.log.info({ from: stamp.version, to: step.to, ...migration.counts() }, 'the migration of the store has ended');
    stamp = next;
  }
}

/** Code of version 1 that starts from now on stops at the guard; what started just before has sent a heartbeat by now, or will. */
async function guard(store: SchemaStore, migration: Migration, step: MigrationStep): Promise<void> {
  const { redis, keys } = store;
  // One that is there was left by a migration that was killed: something may have been changed.
  if ((await redis.zscore(keys.sealedWithOfVersion1(), VERSION_1_FENCE)) !== null)
    return refuseOldProcesses(store, step);
  await migration.write([], [fenceWrite(store)]);
  try {
    await refuseOldProcesses(store, step);
  } catch (error) {
    await migration.write([], [unfenceWrite(store)]);
    throw error;
  }
}

function openMigration(
  store: SchemaStore,
  lock: Lock,
  step: MigrationStep,
): Migration & { counts(): Record<string, number> } {
  const { redis, keys, log } = store;
  const counts: Record<string, number> = {};
  let toldAt = performance.now();
  return {
    redis,
    keys,
    counts: () => counts,
    async write(checks, writes) {
      const refused = await transact(store, [['equals', lock.key, lock.owner], ...checks], writes);
      if (refused?.check === 0) throw LOCK_TAKEN;
      return refused === undefined;
    },
    async progress(subject, records) {
      counts[subject] = (counts[subject] ?? 0) + records;
      const isTold = performance.now() - toldAt >= TELL_EVERY_MS;
      if (isTold) toldAt = performance.now();
      log[isTold ? 'info' : 'debug']({ to: step.to, ...counts }, 'the migration of the store continues');
      if (!lock.isHeld()) throw LOCK_TAKEN;
      await refuseOldProcesses(store, step);
    },
  };
}

/**
 * A process that was killed leaves a heartbeat that lapses; one that is alive sends the next. Resolves when none is left.
 * @throws ConnectorError ERR_SCHEMA_VERSION at the next heartbeat of one, or when they have not lapsed in time
 */
async function waitForOldProcesses(store: SchemaStore, step: MigrationStep): Promise<void> {
  const first = await readOldProcesses(store, step.oldestReader);
  if (first.size === 0) return;
  store.log.info({ processes: namesOf(first) }, 'old processes sent a heartbeat a moment ago; waiting until it lapses');
  for (const end = performance.now() + GONE_MS; ; ) {
    await after(LOOK_AGAIN_MS);
    const now = await readOldProcesses(store, step.oldestReader);
    if (now.size === 0) return;
    const alive = new Map([...now].filter(([id, { seenAt }]) => first.get(id)?.seenAt !== seenAt));
    if (alive.size > 0) throw stillRunning(alive, step);
    if (performance.now() > end) throw stillRunning(now, step);
  }
}

async function refuseOldProcesses(store: SchemaStore, step: MigrationStep): Promise<void> {
  const alive = await readOldProcesses(store, step.oldestReader);
  if (alive.size > 0) throw stillRunning(alive, step);
}

function stillRunning(processes: Awaited<ReturnType<typeof readOldProcesses>>, { to }: MigrationStep): ConnectorError {
  return new ConnectorError(
    'ERR_SCHEMA_VERSION',
    `the store in Redis cannot be migrated to schema version ${to} while processes of an older version run: ${namesOf(processes).join(', ')}`,
    {
      hint: 'Stop them with SIGTERM and wait until they have ended (up to 30 seconds), then start this version again; see docs/guides/upgrade.md.',
    },
  );
}

function namesOf(processes: Awaited<ReturnType<typeof readOldProcesses>>): string[] {
  return [...processes.values()].map(({ name }) => name);
}

function isAt({ keys }: SchemaStore, stamp: Stamp): Check {
  return stamp.version === 1
    ? ['absent', keys.schemaVersion()]
    : ['field', keys.schemaVersion(), 'version', String(stamp.version)];
}
