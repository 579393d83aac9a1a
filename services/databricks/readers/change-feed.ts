import { ConnectorError, type ErrorRecord } from '../../../connector/errors.ts';
import type { JsonObject, SourceManifest, Trigger } from '../../../connector/manifest.ts';
import { readPath, resolveTemplate } from '../../../connector/template.ts';
import { eventId, type Page, type Position } from '../../../triggers/position.ts';
import { missing, readList } from '../../../triggers/rows.ts';
import type { Ask, Poll, Source } from '../../../triggers/source.ts';
import { HELPER_PREFIX } from '../../../triggers/table/keyset.ts';
import { fullSize, keptSize, pageLimit } from '../../../triggers/table/page-size.ts';
import { quoteIdentifier } from '../actions/sql-names.ts';
import { countChanges } from './change-count.ts';
import { changeBacklog, snapshotBacklog, splitGauge, withGauge } from './change-gauge.ts';
import { CHANGE_RANK, type Change, pairChanges } from './changes.ts';
import { tableName } from './dialect.ts';
import { inlineRecovery, withDisposition } from './page-size.ts';

const KEY_TEXT = '_penstock_key';
const RANK = '_penstock_rank';
const START_AFTER_LATEST = 'DELTA_CDC_START_VERSION_AFTER_LATEST';
/** Start version and latest version, in the words of Databricks and of open-source Delta. */
const LATEST_VERSION = /latest (?:table )?version(?: of the table)?\s*(?:\(\s*)?(\d+)/i;
/** What a table says whose changes from some version on were never kept, or are kept no longer. */
const HISTORY_GONE =
  /DELTA_MISSING_CHANGE_DATA|DELTA_CHANGE_DATA_FILE_NOT_FOUND|DELTA_TRUNCATED_TRANSACTION_LOG|DELTA_MISSING_FILES_UNEXPECTED_VERSION|DELTA_VERSION_NOT_FOUND|DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION|VersionNotFoundException/;

/**
 * Reads the change data feed of a Delta table: inserts, updates with the row before and after, and deletes, commit after
 * commit. A position is a table version, and within it a key; `at.snapshot` stands for a whole table that is read at one
 * version before the changes after it, `at.table` for the id of the table, which `at.found` asks to compare and `at.checked` says is
 * the same. Documentation of `table_changes`: both versions inclusive.
 */
export function changeFeed(manifest: SourceManifest, trigger: Trigger, input: JsonObject): Source {
  const size = fullSize(input);
  const keys = [input.key_columns ?? input.key_column].flat().map((name) => quoteIdentifier(String(name)));
  const keyTexts = keys.map((key, i) => `CAST(${key} AS STRING) AS ${KEY_TEXT}_${i}`).join(', ');
  const name = tableName(input);
  const execute = (statement: string, parameters: JsonObject[]): Ask => ({
    action: manifest.action,
    input: { ...(resolveTemplate(manifest.input, { input }) as JsonObject), statement, parameters },
  });

  return {
    hasMemory: false,
    ask(poll) {
      const { position } = poll;
      if (isBefore(position)) return askNewest();
      if (position.at?.found !== undefined) return askTable();
      const { snapshot } = position.at ?? {};
      return withDisposition(snapshot === undefined ? askChanges(position) : askSnapshot(snapshot, position), position);
    },
    read(poll, output) {
      const { position } = poll;
      const list = readList(output, 'rows', trigger.id);
      if (isBefore(position)) return { events: [], to: firstPosition(list, position), more: true };
      if (position.at?.found !== undefined) return readTable(list, position);
      return position.at?.snapshot === undefined
        ? readChanges(list, poll)
        : readSnapshot(list, poll, position.at.snapshot);
    },
    recover,
    count(poll, to) {
      const { statement, parameters } = countChanges(poll.input, poll.position, to);
      return {
        ask: execute(statement, parameters),
        read: (output) => Number(readPath(readList(output, 'rows', trigger.id)[0], 'n') ?? 0),
      };
    },
    accept({ value, key }) {
      if (key === null && /^\d+$/.test(value)) return { value, key };
      throw notVersion(value);
    },
  };

  function askNewest(): Ask {
    return execute('DESCRIBE HISTORY IDENTIFIER(:table) LIMIT 1', [{ name: 'table', value: name }]);
  }

  /** After a version, or at the newest one, with the whole table first unless only what comes is wanted. */
  function firstPosition(list: JsonObject[], before: Position | null): Position {
    const newest = String(readPath(list[0], 'version'));
    const snapshot = { value: newest, key: null, at: { snapshot: newest, found: '1' } };
    if (before?.at?.lost !== undefined) return snapshot;
    if (typeof input.start_from === 'string') return { value: input.start_from, key: null, at: { found: '1' } };
    return input.start === 'now' ? { value: newest, key: null, at: { found: '1' } } : snapshot;
  }

  function askTable(): Ask {
    return execute('DESCRIBE DETAIL IDENTIFIER(:table)', [{ name: 'table', value: name }]);
  }

  /**
   * Versions start over with a table that is recreated, so changes after a version may be those of another table. The id of the table
   * tells: it is kept with the position, and compared when there is something to read, so that a look that finds nothing stays one statement.
   * The pages that follow one another are not compared again.
   */
  function readTable(list: JsonObject[], position: Position): Page {
    const { found, table, ...at } = position.at!;
    const id = String(readPath(list[0], 'id') ?? '');
    if (table !== undefined && table !== id) {
      const page = lost('the cursor belongs to a different table: the table was recreated');
      if (page instanceof ConnectorError) throw page;
      return page;
    }
    return { events: [], to: { ...position, at: { ...at, table: id, checked: '1' } }, more: true };
  }

  function askSnapshot(version: string, position: Position): Ask {
    const after = position.at?.key === undefined ? [] : (JSON.parse(position.at.key) as string[]);
    const where =
      after.length === 0
        ? ''
        : `WHERE ${isAfter(
            keys,
            keys.map((_, i) => `:key_${i}`),
          )}\n`;
    const from = `IDENTIFIER(:table) VERSION AS OF ${BigInt(version)}`;
    const order = keys.join(', ');
    const page = `SELECT *, ${keyTexts}\nFROM ${from}\n${where}ORDER BY ${order}\nLIMIT ${pageLimit(position, size) + 1}`;
    return execute(withGauge(page, { from, where, isSnapshot: true, order }), [
      { name: 'table', value: name },
      ...after.map((value, i) => ({ name: `key_${i}`, value, type: keyType() })),
    ]);
  }

  function readSnapshot(list: JsonObject[], poll: Poll, version: string): Page {
    const limit = pageLimit(poll.position, size);
    const { gauge, rows } = splitGauge(list, `${KEY_TEXT}_0`);
    const page = rows.slice(0, limit);
    const events = page.map((row) => {
      const { data, key } = split(row);
      return {
        id: eventId(poll.owner, `snapshot:${version}`, key),
        data: { change_type: 'snapshot', before: null, after: data, commit_version: version, commit_timestamp: null },
      };
    });
    const more = rows.length > limit;
    const { key: _, snapshot, size: __, links: ___, ...kept } = poll.position!.at!;
    const at = { ...kept, ...keptSize(poll.position, more, { rows: page, input }) };
    const backlog = snapshotBacklog(gauge, { events: events.length, more });
    if (!more) return { events, to: { value: version, key: null, at }, more: true, backlog };
    const to = { value: version, key: null, at: { ...at, snapshot: version, key: split(page.at(-1)!).key } };
    return { events, to, more, backlog };
  }

  function askChanges(position: Position): Ask {
    const version = BigInt(position.value!);
    const inside = position.key === null ? undefined : (JSON.parse(position.key) as { keys: string[]; rank: number });
    const start = inside === undefined ? version + 1n : version;
    const rank = `CASE _change_type ${Object.entries(CHANGE_RANK)
      .map(([type, n]) => `WHEN '${type}' THEN ${n}`)
      .join(' ')} END`;
    const order = ['_commit_version', ...keys, rank].join(', ');
    const where =
      inside === undefined
        ? ''
        : `WHERE _commit_version > ${version} OR (_commit_version = ${version} AND ${isAfter([...keys, rank], [...inside.keys.map((_, i) => `:key_${i}`), String(inside.rank)])})\n`;
    const from = `table_changes(:table, ${start})`;
    const page = `SELECT *, ${keyTexts}, ${rank} AS ${RANK}\nFROM ${from}\n${where}ORDER BY ${order}\nLIMIT ${pageLimit(position, size) + 2}`;
    return execute(withGauge(page, { from, where, isSnapshot: false, order }), [
      { name: 'table', value: name },
      ...(inside?.keys ?? []).map((value, i) => ({ name: `key_${i}`, value, type: keyType() })),
    ]);
  }

  function readChanges(list: JsonObject[], poll: Poll): Page {
    const limit = pageLimit(poll.position, size);
    const { gauge, rows } = splitGauge(list, '_commit_version');
    const changes = rows.map((row): Change => {
      const { data, key } = split(row);
      const { _change_type, _commit_version, _commit_timestamp, ...columns } = data;
      return {
        type: String(_change_type),
        version: String(_commit_version),
        timestamp: _commit_timestamp ?? null,
        key,
        rank: Number(row[RANK]),
        row: columns,
      };
    });
    const { events, last, more } = pairChanges(changes, { size: limit, asked: limit + 2, owner: poll.owner });
    if (last === undefined) return nothingNew(poll.position!);
    if (poll.position!.at?.checked === undefined) {
      return { events: [], to: { ...poll.position!, at: { ...poll.position!.at, found: '1' } }, more: true };
    }
    const { checked, size: _, links: __, ...kept } = poll.position!.at;
    const at = { ...kept, ...keptSize(poll.position, more, { rows: rows.slice(0, limit), input }) };
    const key = more ? JSON.stringify({ keys: JSON.parse(last.key), rank: last.rank }) : null;
    return {
      events,
      to: { value: last.version, key, at: more ? { ...at, checked } : at },
      more,
      backlog: changeBacklog(gauge, {
        changes,
        last,
        events: events.length,
        more,
        position: poll.position!,
      }),
      // An update that changed the key is counted as one, and is two events.
      hasMoreThanCounted: true,
    };
  }

  /** What comes later is to be checked again. */
  function nothingNew(position: Position): Page {
    const { checked, ...at } = position.at ?? {};
    return { events: [], to: checked === undefined ? null : { ...position, at }, more: false };
  }

  /** A row's own columns, and its key as a JSON list of texts. */
  function split(row: JsonObject): { data: JsonObject; key: string } {
    const texts = keys.map((_, i) => {
      const text = row[`${KEY_TEXT}_${i}`];
      if (text === null || text === undefined) throw missing('key', input);
      return String(text);
    });
    const data: JsonObject = {};
    for (const column in row) {
      if (!column.startsWith(HELPER_PREFIX)) data[column] = row[column]!;
    }
    return { data, key: JSON.stringify(texts) };
  }

  function keyType(): string {
    return String(input.key_type ?? 'STRING');
  }

  function recover(poll: Poll, error: ErrorRecord): Page | ConnectorError | undefined {
    const text = `${error.upstream?.message ?? ''} ${error.message}`;
    const { position } = poll;
    if (isBefore(position) || position.value === null) return undefined;
    if (text.includes(START_AFTER_LATEST) || /Start version.*(latest|exceeds)/i.test(text)) {
      const latest = LATEST_VERSION.exec(text)?.[1];
      if (latest === undefined || BigInt(latest) >= BigInt(position.value)) return nothingNew(position);
      return lost(
        `the table is at version ${latest}, but the cursor is at ${position.value}: the table was recreated`,
        error,
      );
    }
    if (!HISTORY_GONE.test(text)) return inlineRecovery(position, size, error);
    return lost(`the changes after version ${position.value} are no longer available`, error);
  }

  function lost(what: string, error?: ErrorRecord): Page | ConnectorError {
    // Back to the start, which reads the newest version and all its rows.
    if (input.on_history_gone === 'snapshot') {
      return { events: [], to: { value: null, key: null, at: { lost: what } }, more: true };
    }
    return new ConnectorError('ERR_HISTORY_GONE', what, {
      hint: `${remedy()}; or set on_history_gone to "snapshot", which starts over with all rows.`,
      upstream: error?.upstream,
    });
  }

  /** What a reset does depends on where the trigger starts. */
  function remedy(): string {
    if (input.start_from !== undefined) return 'Remove start_from from the trigger or raise it, then reset the cursor';
    return input.start === 'now'
      ? 'Reset the cursor to continue from now'
      : 'Reset the cursor to start with a snapshot of the table';
  }
}

/** Nothing was read yet, or what was read is of no more use. */
function isBefore(position: Position | null): position is null {
  return position === null || position.value === null;
}

function notVersion(value: string): ConnectorError {
  return new ConnectorError('ERR_CURSOR_COLUMN', `"${value}" is not a version of a table`, {
    hint: 'Use a whole number. DESCRIBE HISTORY lists the versions. Changes after that version are read.',
    errors: [{ pointer: '/value', message: 'is not a whole number' }],
  });
}

/** `(a, b) > (x, y)` spelt out. */
function isAfter(columns: string[], values: string[]): string {
  const parts = columns.map((column, i) =>
    [...columns.slice(0, i).map((before, j) => `${before} = ${values[j]}`), `${column} > ${values[i]}`].join(' AND '),
  );
  return `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}
