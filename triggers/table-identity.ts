import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { readPath } from '../connector/template.ts';
import { toMicros } from './cursor-values.ts';
import { type Statement, tableName } from './keyset.ts';
import type { Page, Position } from './position.ts';

/** Tells since when a table is the one it is. Views have no such thing: the statement fails, and nothing can be said. */
export function identityStatement(input: JsonObject): Statement {
  return {
    statement: 'DESCRIBE DETAIL IDENTIFIER(:table)',
    parameters: [{ name: 'table', value: tableName(input), type: 'STRING' }],
  };
}

/**
 * A table that was made after its rows were read last is another one: behind the cursor of the old one its rows would not be found.
 * @throws ConnectorError ERR_HISTORY_GONE, unless the input says to start over
 */
export function readIdentity(list: JsonObject[], position: Position, of: { input: JsonObject; now: number }): Page {
  const createdAt = readPath(list[0], 'createdAt');
  const { read } = position.at!;
  if (typeof createdAt === 'string' && read !== undefined && toMicros(createdAt) > BigInt(read)) {
    return startOver(position, { input: of.input, createdAt });
  }
  return { events: [], to: checked(position, of.now), more: true };
}

/** The position of a table of which nothing can be said. */
export function checked(position: Position, now: number): Position {
  const { check: _, ...at } = position.at!;
  return { ...position, at: { ...at, checked: String(now) } };
}

function startOver(position: Position, of: { input: JsonObject; createdAt: string }): Page {
  const { types } = position.at!;
  if (of.input.on_history_gone === 'snapshot') {
    const at = types === undefined ? {} : { at: { types } };
    return { events: [], to: { value: null, key: null, ...at }, more: true };
  }
  throw new ConnectorError(
    'ERR_HISTORY_GONE',
    `the table "${String(of.input.table)}" is not the one that the cursor belongs to: it was recreated at ${of.createdAt}`,
    {
      hint: 'Reset the cursor to read the new table from its start, or set it to a value of the new table; on_history_gone "snapshot" starts over by itself.',
    },
  );
}
