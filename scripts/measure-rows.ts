/**
 * A statement's JSON_ARRAY chunks into NDJSON, beside a bare loop that parses the same bytes. Both read from memory, so
 * what is measured is the work on the bytes. Run: node scripts/measure-rows.ts [rows]
 */
import type { Column } from '../actions/columns.ts';
import { typedRows } from '../actions/columns.ts';
import { createNdjsonWriter } from '../services/databricks/actions/ndjson.ts';

const COLUMNS: Column[] = [
  { name: 'flight_id', type_name: 'LONG' },
  { name: 'date', type_name: 'TIMESTAMP' },
  { name: 'delay', type_name: 'INT' },
  { name: 'distance', type_name: 'INT' },
  { name: 'origin', type_name: 'STRING' },
  { name: 'destination', type_name: 'STRING' },
];
const ROUNDS = 5;
const PIECE = 64 * 1024;

const count = Number(process.argv[2] ?? 200_000);
const cells = Array.from({ length: count }, (_, index) => [
  String(index),
  `2001-01-${String((index % 28) + 1).padStart(2, '0')}T12:${String(index % 60).padStart(2, '0')}:00.000Z`,
  String((index * 7) % 200),
  String((index * 13) % 3000),
  'SFO',
  'LAX',
]);
const bytes = Buffer.from(JSON.stringify(cells));

const ways: { [name: string]: () => unknown } = {
  'JSON.parse alone': () => JSON.parse(bytes.toString('utf8')),
  'JSON.parse, typed rows, JSON.stringify': () => {
    const rows = typedRows(COLUMNS, JSON.parse(bytes.toString('utf8')));
    return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  },
  'services/databricks/actions/ndjson.ts': () => {
    const writer = createNdjsonWriter(COLUMNS);
    let size = 0;
    for (let at = 0; at < bytes.length; at += PIECE) {
      writer.push(bytes.subarray(at, at + PIECE));
      size += writer.take().length;
    }
    writer.endChunk();
    return size + writer.take().length;
  },
};

const times: { [name: string]: number[] } = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(ways)) {
    const started = performance.now();
    run();
    if (round > 0) times[name]!.push(performance.now() - started);
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const base = median(Object.values(times)[0]!);
process.stdout.write(`${count} rows, ${(bytes.length / 1e6).toFixed(1)} MB\n`);
for (const [name, all] of Object.entries(times)) {
  const ms = median(all);
  process.stdout.write(
    `${name.padEnd(40)} ${(bytes.length / 1000 / ms).toFixed(0).padStart(5)} MB/s  ${(base / ms).toFixed(2)}\n`,
  );
}
