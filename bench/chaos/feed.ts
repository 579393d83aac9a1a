import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Emulated } from '../emulated.ts';
import { sleep } from '../processes.ts';
import type { Delivered } from './deliveries.ts';
import type { Random } from './random.ts';

export const FEED_TABLE = 'main.default.changing';
/** Small, so that one commit is spread over several pages, and the two images of an update over their edges. */
export const FEED_PAGE = 100;
const MAX_FAULTS = 20;
const PAUSE_MS: [number, number] = [50, 600];

interface Event {
  id: string;
  data: {
    change_type: string;
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
    commit_version: string;
  };
}

/** Makes a table whose changes are kept. */
export async function makeChanging({ sql }: Pick<Emulated, 'sql'>, rows: number): Promise<void> {
  await sql(
    `CREATE TABLE ${FEED_TABLE} TBLPROPERTIES (delta.enableChangeDataFeed = true) AS SELECT id, 0 AS turn, 'made' AS note FROM range(${rows}) AS t(id)`,
  );
}

/** Inserts, updates and deletes until it is stopped; `counts` says how often. */
export function change(
  { sql }: Pick<Emulated, 'sql'>,
  random: Random,
  rows: number,
): { counts: Record<string, number>; stop(): Promise<void> } {
  const counts: Record<string, number> = { insert: 0, update: 0, delete: 0 };
  let isOver = false;
  let top = rows;
  const statement = (kind: string): string => {
    const from = random.between(0, top);
    if (kind === 'insert') {
      const count = random.between(1, 20);
      top += count;
      return `INSERT INTO ${FEED_TABLE} SELECT id, 0, 'new' FROM range(${top - count}, ${top}) AS t(id)`;
    }
    if (kind === 'update') {
      const count = random.between(1, 3 * FEED_PAGE);
      return `UPDATE ${FEED_TABLE} SET turn = turn + 1, note = '${from}' WHERE id BETWEEN ${from} AND ${from + count}`;
    }
    return `DELETE FROM ${FEED_TABLE} WHERE id BETWEEN ${from} AND ${from + random.between(0, 8)}`;
  };
  const loop = (async () => {
    while (!isOver) {
      const kind = random.pick(['insert', 'insert', 'update', 'delete']);
      await sql(statement(kind));
      counts[kind]! += 1;
      await sleep(random.between(...PAUSE_MS));
    }
  })();
  return {
    counts,
    async stop() {
      isOver = true;
      await loop;
    },
  };
}

/** How many events the table's changes make after a version, the two images of an update taken as one. */
async function countChanges({ sql }: Pick<Emulated, 'sql'>, after: number): Promise<number> {
  const [row] = await sql(
    `SELECT count(*) AS n FROM table_changes('${FEED_TABLE}', ${after + 1}) WHERE _change_type <> 'update_preimage'`,
  );
  return Number(row![0]);
}

/** The newest version of the table. */
export async function newestVersion({ sql }: Pick<Emulated, 'sql'>): Promise<number> {
  const [row] = await sql(`DESCRIBE HISTORY ${FEED_TABLE} LIMIT 1`);
  return Number(row![0]);
}

/**
 * Plays the lines of a file, after deduplication by id, over an empty table: what comes out must be the table, each change must
 * fit what was there before, and all changes after the snapshot must have come.
 */
export async function checkFeed(emulated: Pick<Emulated, 'sql'>, path: string): Promise<Delivered> {
  const found: Delivered = { lines: 0, repeats: 0, faults: [] };
  const fault = (text: string) => {
    if (found.faults.length < MAX_FAULTS) found.faults.push(text);
  };
  const seen = new Map<string, string>();
  const rows = new Map<string, string>();
  let snapshot = -1;
  let changes = 0;
  let last = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    found.lines += 1;
    const { id, data } = JSON.parse(text) as Event;
    const { before, after, commit_version } = data;
    const known = seen.get(id);
    if (known !== undefined) {
      found.repeats += 1;
      if (known !== text) fault(`the event ${id} came again with other data: ${text}`);
      continue;
    }
    seen.set(id, text);
    const version = Number(commit_version);
    if (version < last) fault(`a change of version ${version} came after one of ${last}`);
    last = version;
    if (data.change_type === 'snapshot') snapshot = version;
    else changes += 1;
    if (before !== null && rows.get(String(before.id)) !== textOf(before))
      fault(`what was before does not fit: ${text}`);
    if (before === null && rows.has(String(after!.id))) fault(`a row came twice: ${text}`);
    if (after === null) rows.delete(String(before!.id));
    else rows.set(String(after.id), textOf(after));
  }
  const wanted = await countChanges(emulated, snapshot);
  if (changes !== wanted) fault(`${changes} changes came after version ${snapshot}; there were ${wanted}`);
  const table = await emulated.sql(`SELECT id, turn, note FROM ${FEED_TABLE}`);
  if (table.length !== rows.size) fault(`the changes make ${rows.size} rows; the table has ${table.length}`);
  const wrong = table.filter((row) => rows.get(row[0]!) !== row.join(' '));
  if (wrong.length > 0) fault(`${wrong.length} rows differ, the first is ${wrong[0]!.join(', ')}`);
  return found;
}

function textOf({ id, turn, note }: Record<string, unknown>): string {
  return [id, turn, note].join(' ');
}
