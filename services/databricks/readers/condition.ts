import { ConnectorError } from '../../../connector/errors.ts';
import type { Json, JsonObject, SourceManifest, Trigger } from '../../../connector/manifest.ts';
import { readPath, resolveTemplate } from '../../../connector/template.ts';
import { eventId, NO_BACKLOG, type Page } from '../../../triggers/position.ts';
import { readList } from '../../../triggers/rows.ts';
import type { Poll, Source } from '../../../triggers/source.ts';

/** What a cell says, by the SQL type of its column. */
const NUMBERS = new Set(['BYTE', 'SHORT', 'INT', 'LONG', 'FLOAT', 'DOUBLE', 'DECIMAL']);
const ZERO = /^[+-]?0*(\.0*)?(E[+-]?\d+)?$/i;
const NUMBER = /^[+-]?(\d+(?:\.\d*)?|\.\d+)(E[+-]?\d+)?$/i;
const NO_NUMBER = /^(NaN|[+-]?Infinity)$/i;
/** Of a text in a message. */
const SHOWN_CHARACTERS = 50;
const BACKLOG = { before: NO_BACKLOG, after: NO_BACKLOG };

/**
 * Watches a value that is true or not, and gives one event each time it becomes true: the edge, not the level. Before the
 * first look it counts as not true. The value is the first cell of the first row; null and no row are not true. What is true is told by the
 * SQL type: TRUE, or a number other than 0; a text must be "true" or "false".
 */
export function condition(manifest: SourceManifest, trigger: Trigger): Source {
  const cursor = manifest.cursor!;
  return {
    hasMemory: false,
    ask: (poll) => ({
      action: manifest.action,
      input: resolveTemplate(manifest.input, { input: poll.input }) as JsonObject,
    }),
    read(poll, output) {
      const row = readList(output, cursor.items, trigger.id)[0];
      const first = (readPath(output, 'columns.0') ?? undefined) as { name?: string; type_name?: string } | undefined;
      const name = first?.name ?? (row === undefined ? undefined : Object.keys(row)[0]);
      const value = (name === undefined ? null : row?.[name]) ?? null;
      return { ...edge(poll, { value, row, isTrue: isTrue(value, first?.type_name) }), backlog: BACKLOG };
    },
  };
}

function edge(poll: Poll, now: { value: Json; row: JsonObject | undefined; isTrue: boolean }): Page {
  const { value, row } = now;
  const was = poll.position?.value === 'true';
  // How often it became true; makes the id of each edge its own.
  const edges = Number(poll.position?.key ?? 0);
  if (now.isTrue === was) return { events: [], to: null, more: false };
  if (!now.isTrue) return { events: [], to: { value: 'false', key: String(edges) }, more: false };
  const id = eventId(poll.owner, 'true', String(edges + 1));
  const data = { value, row: row ?? null, since: new Date(poll.now).toISOString() };
  return { events: [{ id, data }], to: { value: 'true', key: String(edges + 1) }, more: false };
}

/** @throws ConnectorError ERR_CURSOR_COLUMN for a value that is neither true nor not */
function isTrue(value: Json, type: string | undefined): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  const text = String(value);
  const isNumber = type === undefined ? NUMBER.test(text) : NUMBERS.has(type);
  if (isNumber && !NO_NUMBER.test(text)) return !ZERO.test(text);
  if (!isNumber && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const what = `${type ?? typeof value} ${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))}`;
  throw new ConnectorError('ERR_CURSOR_COLUMN', `the first column of the query is neither true nor false: ${what}`, {
    hint: "Compare in the query, so that it gives a BOOLEAN or a number, such as SELECT state = 'stuck' or SELECT count(*) > 0.",
    errors: [{ pointer: '/trigger/input/statement', message: 'returns neither true nor false' }],
  });
}
