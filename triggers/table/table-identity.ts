import { ConnectorError, type ErrorRecord } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Page, Position } from '../position.ts';
import type { Poll } from '../source.ts';
import { toMicros } from './cursor-values.ts';
import type { Dialect } from './dialect.ts';

/** So often a table is asked whether it is the one that the cursor belongs to. */
const CHECK_MS = 3_600_000;

/** Whether the table is asked who it is before it is read on: when its rows look like those of another, and once an hour. */
export function isIdentityDue({ position, until, now, input }: Poll): boolean {
  if (position?.at?.check !== undefined) return true;
  if (typeof input.query === 'string' || until !== undefined || position?.value == null) return false;
  return position.at?.again === undefined && now - Number(position.at?.checked ?? 0) >= CHECK_MS;
}

/** What a position keeps of the identity. */
export function keptIdentity(position: Position | null): { [name: string]: string } {
  const { table, checked, replaced } = position?.at ?? {};
  return {
    ...(table === undefined ? {} : { table }),
    ...(checked === undefined ? {} : { checked }),
    ...(replaced === undefined ? {} : { replaced }),
  };
}

/**
 * A table at another place than before is another one, as is one that was made after its rows were read last and has not the rows that it
 * had: after the cursor of the old one its rows would not be found. One that was replaced where it is (CREATE OR REPLACE, as builds do) and
 * has the row of the cursor is read on, and its position says so.
 * @throws ConnectorError ERR_HISTORY_GONE, unless the input says to start over
 */
export function readIdentity(
  list: JsonObject[],
  position: Position,
  of: { dialect: Dialect; input: JsonObject; now: number },
): Page {
  const { createdAt, table } = of.dialect.readIdentity(list[0]);
  const { read, table: before, check } = position.at ?? {};
  const isNewer = createdAt !== undefined && read !== undefined && toMicros(createdAt) > BigInt(read);
  const isOther = before !== undefined && table !== undefined && table !== before;
  if (isOther || (check !== undefined && isNewer)) return startOver(position, { input: of.input, createdAt });
  const { at, ...to } = checked(position, of.now);
  const found = {
    ...(table === undefined ? {} : { table }),
    ...(isNewer && before !== undefined ? { replaced: createdAt } : {}),
  };
  return { events: [], to: { ...to, at: { ...at, ...found } }, more: true };
}

/** The position of a table of which nothing can be said; `undefined` where asking failed for another reason, and is to be done again. */
export function recoverIdentity(position: Position, now: number, error: ErrorRecord): Page | undefined {
  if (error.code !== 'ERR_REMOTE_FAILED') return undefined;
  return { events: [], to: checked(position, now), more: true };
}

function checked(position: Position, now: number): Position {
  const { check: _, ...at } = position.at ?? {};
  return { ...position, at: { ...at, checked: String(now) } };
}

function startOver(position: Position, of: { input: JsonObject; createdAt: string | undefined }): Page {
  const { types } = position.at!;
  if (of.input.on_history_gone === 'snapshot') {
    const at = types === undefined ? {} : { at: { types } };
    return { events: [], to: { value: null, key: null, ...at }, more: true };
  }
  throw new ConnectorError(
    'ERR_HISTORY_GONE',
    `the table "${String(of.input.table)}" was recreated, so the cursor does not match it${of.createdAt === undefined ? '' : ` at ${of.createdAt}`}`,
    {
      hint: 'Reset the cursor to read the new table from the beginning, or set it to a value of the new table. With on_history_gone set to "snapshot", the trigger starts over automatically. If the table is swapped on purpose, read it with a query.',
    },
  );
}
