import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulated, openEmulated } from '../emulated.ts';
import { type Figure, scaled } from '../figure.ts';
import { ALL_FLIGHTS, FLIGHTS, flightsTrigger, makeFlights } from '../flights.ts';
import { median, show } from '../numbers.ts';
import { type Machine, sleep } from '../processes.ts';

const PAGE_ROWS = 1000;
/** Of the pairs; one sync of all flights for the memory comes on top. */
const PAIR_ROWS = 300_000;
const LEAST_ROWS = 20_000;
const MEGABYTE = 1_000_000;
const LOOK_MS = 50;
/** Before the first the heap of a new process has not its size yet. */
const STAGES = [0.1, 0.5, 1];

/** Rows through trigger and `core.file`, in turn with a bare loop that pages the same statement and appends the same lines. */
export const sync: Figure = {
  name: 'sync',
  async measure(machine, scale) {
    const emulated = await openEmulated(machine);
    const rows = scaled(PAIR_ROWS, scale, LEAST_ROWS);
    await makeFlights(emulated, rows);
    const ours: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < scale.pairs; i += 1) {
      bare.push(await bareRate(machine, emulated, { path: join(machine.folder, `bare-${i}.ndjson`) }));
      ours.push((await ourRun(emulated, rows, `pair-${i}`)).rate);
    }
    await emulated.sql(`DROP TABLE ${FLIGHTS}`);
    const all = scaled(ALL_FLIGHTS, scale, LEAST_ROWS);
    await makeFlights(emulated, all);
    const { resident, redis, rate } = await ourRun(emulated, all, 'all');
    await emulated.close();
    const ratio = median(ours.map((value, i) => value / bare[i]!));
    return [
      {
        figure: `rows per second through trigger and core.file, pages of ${PAGE_ROWS}, ${rows} rows a round`,
        aim: 'at least 0.5 of a bare loop',
        penstock: show(median(ours), '/s'),
        baseline: `loop ${show(median(bare), '/s')}`,
        ratio,
        isMet: ratio >= 0.5,
      },
      {
        figure: `resident memory of the worker over ${all} rows (${show(rate, '/s')}; Redis ends with ${show(redis, 'MB')}), at 10 % / at 50 % / at 100 %`,
        aim: 'flat: the second half adds a tenth at most',
        penstock: resident
          .map((value) => show(value))
          .join(' / ')
          .concat(' MB'),
        baseline: '',
        ratio: resident[2]! / resident[1]!,
        isMet: resident[2]! <= resident[1]! * 1.1,
      },
    ];
  },
};

/** Syncs the whole table with a new worker; the clock runs from the first page to the last. */
async function ourRun(emulated: Emulated, rows: number, name: string) {
  const worker = await emulated.worker();
  const workflow = await emulated.workflow({
    name,
    enabled: true,
    trigger: flightsTrigger(emulated, { page_size: PAGE_ROWS }),
    steps: [{ id: 'write', action: 'core.file', input: { path: `${name}.ndjson`, rows: '{{ trigger.events }}' } }],
  });
  let begin = { at: 0, events: 0 };
  const resident: number[] = [];
  let events = 0;
  for (; events < rows; await sleep(LOOK_MS)) {
    const cursor = await emulated.cursor(workflow);
    if (cursor.failures > 0) throw new Error(`the sync fails: ${cursor.last_error}`);
    events = cursor.events;
    if (begin.at === 0 && events > 0) begin = { at: performance.now(), events };
    while (events >= rows * (STAGES[resident.length] ?? Number.POSITIVE_INFINITY))
      resident.push(worker.residentBytes() / MEGABYTE);
  }
  const rate = (rows - begin.events) / ((performance.now() - begin.at) / 1000);
  const redis = emulated.redis.residentBytes() / MEGABYTE;
  await worker.stop();
  await emulated.client.send('DELETE', `/v1/workflows/${workflow}`);
  return { rate, resident, redis };
}

async function bareRate(machine: Machine, { service, warehouse }: Emulated, of: { path: string }): Promise<number> {
  const script = join(import.meta.dirname, '../sync-baseline.ts');
  const args = [service.url, service.token, warehouse, FLIGHTS, String(PAGE_ROWS), of.path];
  const rate = `${of.path}.rate`;
  const loop = machine.start(process.execPath, [script, ...args], {}, { stdout: openSync(rate, 'w') });
  const [code] = await once(loop.child, 'exit');
  if (code !== 0) throw new Error(`the bare loop ended: ${loop.errors()}`);
  return Number(readFileSync(rate, 'utf8'));
}
