/**
 * How many statements the emulator runs in a second of processor time, with their client, beside another checkout of it:
 *
 *   node bench/emulator-statements.ts ../other-checkout
 *
 * The two take turns, and time that others take does not count. The ratio matters; the figures are this machine's.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROUNDS = 5;
const ROUND_MS = 1500;
const AT_ONCE = 4;

const STATEMENTS: Record<string, (turn: number) => { statement: string; parameters?: object[] }> = {
  select: (turn) => ({
    statement: `SELECT ${turn} AS a, upper('x') AS b, id FROM t WHERE id > 10 ORDER BY id LIMIT 5`,
  }),
  page: (turn) => ({
    statement: 'SELECT *, CAST(id AS STRING) AS k FROM t WHERE id > :after ORDER BY id NULLS FIRST LIMIT 1000',
    parameters: [{ name: 'after', type: 'BIGINT', value: String(turn % 5000) }],
  }),
  insert: (turn) => ({ statement: `INSERT INTO w VALUES (${turn}, 'row ${turn}')` }),
};

interface Bench {
  name: string;
  run(kind: string, turn: number): Promise<void>;
  close(): Promise<void>;
}

async function open(name: string, folder: string): Promise<Bench> {
  const { createEmulator } = await import(pathToFileURL(resolve(folder, 'emulator/server.ts')).href);
  const emulator = await createEmulator({ samples: 'none', transitionMs: 1 });
  const send = async (body: object) => {
    const response = await fetch(`${emulator.url}/api/2.0/sql/statements`, {
      method: 'POST',
      headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        warehouse_id: emulator.warehouseId,
        catalog: 'main',
        schema: 'default',
        wait_timeout: '30s',
        ...body,
      }),
    });
    const { status } = (await response.json()) as { status: { state: string; error?: { message: string } } };
    if (status.state !== 'SUCCEEDED') throw new Error(`${name}: ${status.error?.message}`);
  };
  await send({ statement: 'CREATE TABLE t (id BIGINT, name STRING, at TIMESTAMP)' });
  const rows = Array.from({ length: 10_000 }, (_, id) => `(${id}, 'name ${id}', TIMESTAMP'2026-01-01 00:00:00')`);
  await send({ statement: `INSERT INTO t VALUES ${rows.join(', ')}` });
  await send({ statement: 'CREATE TABLE w (id INT, name STRING)' });
  return { name, run: (kind, turn) => send(STATEMENTS[kind]?.(turn) ?? {}), close: () => emulator.close() };
}

async function rate(bench: Bench, kind: string): Promise<number> {
  const end = performance.now() + ROUND_MS;
  let turn = 0;
  const one = async () => {
    while (performance.now() < end) {
      turn += 1;
      await bench.run(kind, turn);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const { user, system } = process.cpuUsage(before);
  return turn / ((user + system) / 1_000_000);
}

const other = process.argv[2];
if (other === undefined)
  throw new Error('Give the folder of another checkout: node bench/emulator-statements.ts ../other');
const benches = [await open('this', '.'), await open('other', other)];
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
for (const kind of Object.keys(STATEMENTS)) {
  const rates = benches.map(() => [] as number[]);
  for (const bench of benches) await rate(bench, kind);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, bench] of benches.entries()) rates[index]?.push(await rate(bench, kind));
  const [mine = 0, theirs = 0] = rates.map(median);
  console.log(
    `${kind.padEnd(8)} this ${Math.round(mine)}/s, other ${Math.round(theirs)}/s, ratio ${(mine / theirs).toFixed(2)}`,
  );
}
for (const bench of benches) await bench.close();
