import { type Emulated, openEmulated } from '../emulated.ts';
import { type Figure, scaled } from '../figure.ts';
import { flightsTrigger, makeFlights } from '../flights.ts';
import { show } from '../numbers.ts';
import { sleep } from '../processes.ts';
import { readRedis } from '../redis-numbers.ts';

const SHORT_HISTORY = 10;
const LONG_HISTORY = 1200;
/** One a second; then as long without any. */
const TICKS = 30;
const LOOK_MS = 100;
const SETTLE_MS = 2000;
/** The rest of what the worker does at times differs a little from one time to the next. */
const SAME_WITHIN = 0.1;

interface Cost {
  statements: number;
  trips: number;
  commands: number;
}

/** What a tick costs that finds nothing, after few pages were delivered and after many. */
export const idle: Figure = {
  name: 'idle',
  async measure(machine, scale) {
    const emulated = await openEmulated(machine);
    const worker = await emulated.worker();
    const pages = scaled(LONG_HISTORY, scale);
    await makeFlights(emulated, pages);
    const ticks = scaled(TICKS, scale, 8);
    const few = await measureIdle(emulated, { pages: SHORT_HISTORY, rows: pages, ticks });
    const many = await measureIdle(emulated, { pages, rows: pages, ticks });
    await worker.stop();
    await emulated.close();
    const isConstant = many.commands <= few.commands * (1 + SAME_WITHIN);
    return [
      {
        figure: `a tick that finds nothing: statements, after ${SHORT_HISTORY} pages / after ${pages}`,
        aim: 'one',
        penstock: `${show(few.statements)} / ${show(many.statements)}`,
        baseline: '',
        ratio: undefined,
        isMet: few.statements === 1 && many.statements === 1,
      },
      {
        figure: `and Redis: scripts (commands, also inside scripts), after ${SHORT_HISTORY} pages / after ${pages}`,
        aim: 'constant',
        penstock: `${show(few.trips)} (${show(few.commands)}) / ${show(many.trips)} (${show(many.commands)})`,
        baseline: '',
        ratio: many.commands / few.commands,
        isMet: isConstant,
      },
    ];
  },
};

/** Syncs all rows in so many pages, then counts while it ticks once a second, less what happens while it does not. */
async function measureIdle(emulated: Emulated, of: { pages: number; rows: number; ticks: number }): Promise<Cost> {
  const { client } = emulated;
  const workflow = await emulated.workflow({
    name: `idle-${of.pages}`,
    enabled: true,
    trigger: {
      ...flightsTrigger(emulated, { page_size: Math.ceil(of.rows / of.pages) }),
      schedule: { every_seconds: 1 },
    },
    steps: [{ id: 'write', action: 'core.file', input: { path: 'idle.ndjson', rows: '{{ trigger.events }}' } }],
  });
  for (;;) {
    const { events, in_flight: run } = await emulated.cursor(workflow);
    if (events >= of.rows && run === null) break;
    await sleep(LOOK_MS);
  }
  await nextTick(emulated, workflow);
  const ticking = await watch(emulated, async () => {
    for (let i = 0; i < of.ticks; i += 1) await nextTick(emulated, workflow);
  });
  await client.send('POST', `/v1/workflows/${workflow}/disable`);
  await sleep(SETTLE_MS);
  // Looks as often, so that looking costs the same.
  const still = await watch(emulated, async () => {
    for (const end = performance.now() + ticking.ms; performance.now() < end; await sleep(LOOK_MS)) {
      await emulated.cursor(workflow);
    }
  });
  await client.send('DELETE', `/v1/workflows/${workflow}`);
  const per = (name: 'sent' | 'commands') => (ticking[name] - (still[name] * ticking.ms) / still.ms) / of.ticks;
  return { statements: ticking.statements / of.ticks, trips: per('sent'), commands: per('commands') };
}

/** Resolves when a tick has come and gone. */
async function nextTick({ cursor }: Emulated, workflow: string): Promise<void> {
  const { last_tick_at: last } = await cursor(workflow);
  for (;;) {
    await sleep(LOOK_MS);
    const { last_tick_at: now, in_flight: run } = await cursor(workflow);
    if (now !== last && run === null) return;
  }
}

async function watch(emulated: Emulated, work: () => Promise<void>) {
  const before = readRedis(emulated);
  const from = Date.now();
  const begin = performance.now();
  await work();
  const ms = performance.now() - begin;
  const after = readRedis(emulated);
  const statements = await emulated.statements(from);
  return { ms, statements, sent: after.sent - before.sent, commands: after.commands - before.commands };
}
