/**
 * Kills the worker at random while it syncs a table in the order of its times, into which rows come in late, and the change feed
 * of another, then compares what was delivered with the tables. The table goes to a file and to a webhook at once.
 * Run: main.ts sync [--rows N] [--kills N] [--seed N] [--feed-rows N] [--short]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Emulated, openEmulated } from '../emulated.ts';
import { ALL_FLIGHTS, FLIGHTS, flightsTrigger, makeFlights } from '../flights.ts';
import { answers, freePorts, type Machine, openMachine, sleep } from '../processes.ts';
import { crash } from './crash.ts';
import { checkTable, type Delivered } from './deliveries.ts';
import { change, checkFeed, FEED_PAGE, FEED_TABLE, makeChanging, newestVersion } from './feed.ts';
import { insertLateRows } from './late-rows.ts';
import { createRandom } from './random.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    'feed-rows': { type: 'string' },
    short: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const ROWS = Number(values.rows ?? (values.short ? 20_000 : ALL_FLIGHTS));
const KILLS = Number(values.kills ?? (values.short ? 2 : 50));
const SEED = Number(values.seed ?? Date.now() % 1_000_000);
const FEED_ROWS = Number(values['feed-rows'] ?? (values.short ? 1000 : 20_000));
const PAGE_ROWS = 1000;
const LAG_SECONDS = values.short ? 4 : 10;
/** Ids recently rows are below this many above the others. */
const LATE_IDS = 0x1ffff;
/** Without any progress for so long, what is missing will not come. */
const SETTLE_LIMIT_MS = 120_000;
const LOOK_MS = 250;

const machine = await openMachine();
process.exitCode = await run(machine).catch((error: unknown) => {
  console.error(error);
  return 1;
});
await machine.close();

async function run(machine: Machine): Promise<number> {
  const begin = Date.now();
  let told = '';
  const [port] = (await freePorts(1)) as [number];
  const url = `http://127.0.0.1:${port}`;
  const emulated = await openEmulated(machine, [url]);
  await makeFlights(emulated, ROWS);
  await makeChanging(emulated, FEED_ROWS);
  const received = join(machine.folder, 'received.ndjson');
  const endpoint = [join(import.meta.dirname, 'endpoint.ts'), ...[port, SEED, received].map(String)];
  await answers(port, machine.start(process.execPath, endpoint));
  say(`seed ${SEED}: ${ROWS} flights, ${FEED_ROWS} rows that change, ${KILLS} kills`);
  const table = await emulated.workflow(tableSync(emulated, url));
  const feed = await emulated.workflow(feedSync(emulated));
  const late = insertLateRows(emulated, createRandom(SEED + 1), { above: ROWS, lagMs: LAG_SECONDS * 1000 });
  const changes = change(emulated, createRandom(SEED + 2), FEED_ROWS);

  const delivered = async () => {
    const { events, last_error: error } = await emulated.cursor(table);
    if (error !== null && error !== told) say(`a page failed: ${error}`);
    told = error ?? '';
    return events;
  };
  await crash({
    start: () => emulated.worker(),
    progress: delivered,
    random: createRandom(SEED),
    kills: KILLS,
    step: ROWS / Math.max(1, KILLS),
    say,
  });
  await finished(delivered, ROWS);
  await Promise.all([late.stop(), changes.stop()]);
  const { insert, update, delete: deletes } = changes.counts;
  say(
    `${late.inTime.size} rows came late, ${late.tooLate.size} too late; ${insert} inserts, ${update} updates, ${deletes} deletes`,
  );
  await finished(delivered, ROWS + late.inTime.size);
  const newest = await newestVersion(emulated);
  await finished(async () => Number((await emulated.cursor(feed)).position?.value ?? -1), newest);
  // Whatever comes too often comes now.
  await sleep(LAG_SECONDS * 2000);

  const of = { most: ROWS + LATE_IDS + 1, open: late.tooLate };
  const results: [string, Delivered][] = [
    [`${FLIGHTS} in a file`, await checkTable(emulated, emulated.file('flights.ndjson'), of)],
    [`${FLIGHTS} at a webhook`, await checkTable(emulated, received, of)],
    [`changes of ${FEED_TABLE}`, await checkFeed(emulated, emulated.file('changes.ndjson'))],
  ];
  for (const [name, { lines, repeats, faults }] of results) {
    say(`${name}: ${lines} events, ${repeats} of them repeats`);
    for (const fault of faults) say(`WRONG: ${name}: ${fault}`);
  }
  const faults = results.reduce((sum, [, result]) => sum + result.faults.length, 0);
  const seconds = Math.round((Date.now() - begin) / 1000);
  say(`seed ${SEED}: ${faults === 0 ? 'nothing lost, repeats with their ids only' : `${faults} faults`}, ${seconds} s`);
  await emulated.close();
  return faults === 0 ? 0 : 1;
}

/** The table in a file and at a webhook, side by side. */
function tableSync(emulated: Emulated, url: string): object {
  const rows = '{{ trigger.events }}';
  return {
    name: 'table',
    enabled: true,
    trigger: flightsTrigger(emulated, { page_size: PAGE_ROWS, lag_seconds: LAG_SECONDS }),
    steps: [
      { id: 'file', action: 'core.file', input: { path: 'flights.ndjson', rows } },
      { id: 'webhook', action: 'core.webhook', needs: [], input: { url, rows } },
    ],
  };
}

function feedSync({ account, warehouse }: Emulated): object {
  return {
    name: 'feed',
    enabled: true,
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: account,
      input: {
        source: 'change_feed',
        warehouse_id: warehouse,
        table: FEED_TABLE,
        key_column: 'id',
        key_type: 'BIGINT',
        page_size: FEED_PAGE,
        every_seconds: 5,
      },
    },
    steps: [{ id: 'file', action: 'core.file', input: { path: 'changes.ndjson', rows: '{{ trigger.events }}' } }],
  };
}

/** Resolves when the number has been reached, or has not grown for long. */
async function finished(read: () => Promise<number>, wanted: number): Promise<void> {
  let last = await read();
  for (let since = Date.now(); last < wanted && Date.now() - since < SETTLE_LIMIT_MS; await sleep(LOOK_MS)) {
    const now = await read();
    if (now !== last) since = Date.now();
    last = now;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
