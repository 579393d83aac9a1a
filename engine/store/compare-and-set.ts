import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from './context.ts';
import { changeMessage } from './record-changes.ts';
import { type Check, type Store, type Stored, transact, type Write } from './records.ts';

/** A change that was decided on what was read: written if all of that is unchanged. */
export interface Change<T> {
  /** What must hold; `unchanged` for each record that was read. */
  checks: readonly Check[];
  writes: readonly Write[];
  /** What the caller gets once it is written. */
  result: T;
  /** Told of the first check that failed; throws when trying again would not help, such as for a name that is taken. */
  refused?(failed: { check: number; found: string }): void;
  /** Records that caches know: every process is told, this one also when the change was refused, since it had read something old. */
  cached?: readonly [kind: string, id: string][];
}

/** Each time another change of the same record came first; so many at once are no accident. */
const MAX_TRIES = 20;

/** The check that a record is as it was read. */
export function unchanged(
  store: Pick<Store, 'keys'>,
  kind: string,
  id: string,
  record: Pick<Stored<unknown>, 'version'>,
): Check {
  return ['version', store.keys.record(kind, id), String(record.version)];
}

/**
 * Reads, changes and writes if nothing that was read has changed; if it has, all of it again, so that of two at once one follows the
 * other. `decide` reads and decides again each time; without `writes` nothing is written. `what` names the record to a person.
 * @throws ConnectorError ERR_CONFLICT when it keeps changing; what `decide` and `refused` throw; quotas as `transact`
 */
export async function compareAndSet<T>(
  ctx: Store & Partial<Pick<Context, 'changes'>>,
  what: string,
  decide: () => Promise<Change<T> | { result: T; writes?: undefined }>,
): Promise<T> {
  return untilWritten(what, async () => {
    const change = await decide();
    if (change.writes === undefined) return change;
    const failed = await tryChange(ctx, change);
    if (failed === undefined) return change;
    change.refused?.(failed);
    return undefined;
  });
}

/** Repeats a change that says by `undefined` that another came first. @throws ConnectorError ERR_CONFLICT when it keeps changing */
export async function untilWritten<T>(what: string, attempt: () => Promise<{ result: T } | undefined>): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const written = await attempt();
    if (written !== undefined) return written.result;
  }
  throw changedByOthers(what);
}

/** The error of a change before which others came again and again. */
export function changedByOthers(what: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `${what} was changed by other requests at the same time`, {
    hint: 'Read it again and repeat the change.',
  });
}

/** Writes a change once. Returns undefined when it is written, or the first check that failed. @throws as `transact` */
export async function tryChange(
  ctx: Store & Partial<Pick<Context, 'changes'>>,
  { checks, writes, cached = [] }: Omit<Change<unknown>, 'result' | 'refused'>,
): Promise<{ check: number; found: string } | undefined> {
  const channel = ctx.keys.authenticationChannel();
  const told = cached.map(([kind, id]): Write => ['PUBLISH', channel, changeMessage(kind, id)]);
  try {
    return await transact(ctx, checks, [...writes, ...told]);
  } finally {
    for (const [kind, id] of cached) ctx.changes?.tell(kind, id);
  }
}
