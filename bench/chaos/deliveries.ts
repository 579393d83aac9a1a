import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Emulated } from '../emulated.ts';
import { FLIGHTS } from '../flights.ts';

/** What came of one delivery of a table. */
export interface Delivered {
  lines: number;
  /** Lines whose id had come before. */
  repeats: number;
  faults: string[];
}

interface Line {
  id: string;
  data: Record<string, unknown>;
}

const COLUMNS = ['id', 'departed_at', 'delay', 'distance', 'origin', 'destination'];
/** Rows that are read from the table at once, about 5 MB. */
const BATCH = 50_000;
const MAX_FAULTS = 20;
/** Of an event's id: exact in a number, and enough to tell millions apart. */
const ID_DIGITS: [from: number, to: number] = ['evt_'.length, 'evt_'.length + 13];

/**
 * Compares the lines of a file with the table: after deduplication by id exactly its rows, repeats with the same id and data only,
 * and what comes for the first time in the order of the cursor. `open` are ids of which nobody can say whether they must come.
 */
export async function checkTable(
  emulated: Pick<Emulated, 'sql'>,
  path: string,
  of: { most: number; open: Set<number> },
): Promise<Delivered> {
  const hashes = new Float64Array(of.most + 1);
  const events = new Float64Array(of.most + 1);
  const found: Delivered = { lines: 0, repeats: 0, faults: [] };
  const fault = (text: string) => {
    if (found.faults.length < MAX_FAULTS) found.faults.push(text);
  };
  let last = '';
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    found.lines += 1;
    const { id, data } = parse(text, fault);
    const row = Number(data.id);
    if (!(row > 0 && row <= of.most)) {
      fault(`a row that nobody made came: ${text}`);
      continue;
    }
    const event = Number.parseInt(id.slice(...ID_DIGITS), 16);
    const hash = hashOf(COLUMNS.map((name) => data[name]));
    if (hashes[row] === 0) {
      hashes[row] = hash;
      events[row] = event;
      const place = `${data.departed_at} ${String(row).padStart(9, '0')}`;
      if (place < last) fault(`row ${row} of ${data.departed_at} came after ${last}`);
      last = place;
      continue;
    }
    found.repeats += 1;
    if (events[row] !== event) fault(`row ${row} came with two ids`);
    if (hashes[row] !== hash) fault(`row ${row} came again with other data: ${text}`);
  }
  const distinct = new Set(events).size - (events.includes(0) ? 1 : 0);
  const came = hashes.reduce((count, hash) => count + (hash === 0 ? 0 : 1), 0);
  if (distinct !== came) fault(`${came} rows came with ${distinct} ids`);
  const missing = await compare(emulated, hashes, { ...of, fault });
  if (missing > 0) fault(`${missing} rows are missing`);
  return found;
}

async function compare(
  { sql }: Pick<Emulated, 'sql'>,
  hashes: Float64Array,
  of: { most: number; open: Set<number>; fault(text: string): void },
): Promise<number> {
  let missing = 0;
  for (let from = 0; from < of.most; from += BATCH) {
    const rows = await sql(
      `SELECT ${COLUMNS.join(', ')} FROM ${FLIGHTS} WHERE id > ${from} AND id <= ${from + BATCH} ORDER BY id`,
    );
    for (const row of rows) {
      const hash = hashes[Number(row[0])];
      if (hash === hashOf(row)) continue;
      if (hash !== 0) of.fault(`row ${row[0]} came with other data than the table has: ${row.join(', ')}`);
      else if (!of.open.has(Number(row[0]))) missing += 1;
    }
  }
  return missing;
}

function parse(text: string, fault: (text: string) => void): Line {
  try {
    return JSON.parse(text);
  } catch {
    fault(`a line is torn: ${text.slice(0, 200)}`);
    return { id: '', data: {} };
  }
}

/** FNV-1a of the texts, twice with different beginnings: 53 bits, never 0. */
function hashOf(values: readonly unknown[]): number {
  const text = values.join('\u0000');
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return (high >>> 11) * 4_294_967_296 + (low >>> 0) || 1;
}
