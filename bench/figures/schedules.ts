import { type Figure, scaled } from '../figure.ts';
import { percentile, show } from '../numbers.ts';
import { sleep } from '../processes.ts';
import { readRedis } from '../redis-numbers.ts';
import { openSystem, type System } from '../system.ts';

const SCHEDULES = 10_000;
/** Each is due once in it; the places within are spread by the engine. */
const EVERY_SECONDS = 60;
/** Nothing is due. */
const ONCE_A_YEAR = { cron: '0 0 1 1 *' };
const IDLE_MS = 20_000;
const SETTLE_MS = 2000;
const LOOPS = 32;
const PAGE = 200;
const MEGABYTE = 1_000_000;

/** Many enabled schedules: how late their ticks are, and what they cost while nothing is due. */
export const schedules: Figure = {
  name: 'schedules',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    const worker = await system.worker(50);
    const count = scaled(SCHEDULES, scale, 200);
    const window = scale.share < 1 ? EVERY_SECONDS / 4 : EVERY_SECONDS * 2;
    const processes = [system.api, worker, system.redis];
    const before = await idle(system, scale.share < 1 ? IDLE_MS / 4 : IDLE_MS);
    const memoryBefore = processes.map((one) => one.residentBytes() / MEGABYTE);
    const redisBefore = readRedis(system).memory;
    const ids = await inParallel(count, (i) => create(system, i));
    const quiet = await idle(system, scale.share < 1 ? IDLE_MS / 4 : IDLE_MS);
    const memory = processes.map((one) => one.residentBytes() / MEGABYTE);
    const kept = (readRedis(system).memory - redisBefore) / count;
    await inParallel(count, (i) => update(system, ids[i]!, i));
    await sleep(EVERY_SECONDS * 1000);
    const from = Date.now();
    const cpu = processes.map((one) => one.cpuSeconds());
    await sleep(window * 1000);
    const used = processes.map((one, i) => (one.cpuSeconds() - cpu[i]!) / window);
    const late = await lateness(system, { from, to: from + window * 1000 });
    await worker.stop();
    await system.close();
    const wanted = (count * window) / EVERY_SECONDS;
    const [p50, p99] = [percentile(late, 50), percentile(late, 99)];
    return [
      {
        figure: `${count} enabled schedules, each every ${EVERY_SECONDS} s, for ${window} s: from due to its run, p50 / p99 / most`,
        aim: 'reported',
        penstock: `${show(p50)} / ${show(p99)} / ${show(percentile(late, 100), 'ms')}`,
        baseline: '',
        ratio: undefined,
        isMet: undefined,
      },
      {
        figure: 'runs that these ticks made; processor time of API, worker, Redis',
        aim: 'all',
        penstock: `${late.length}; ${used.map((value) => show(value)).join(', ')} cores`,
        baseline: `${show(wanted)} due`,
        ratio: late.length / wanted,
        isMet: Math.abs(late.length / wanted - 1) <= 0.01,
      },
      {
        figure: 'while none of them is due: resident memory of API + worker + Redis; Redis commands per second',
        aim: 'reported',
        penstock: `${sum(memory)}, ${show(kept / 1000)} KB of Redis each; ${show(quiet)}/s`,
        baseline: `without any ${sum(memoryBefore)}; ${show(before)}/s`,
        ratio: undefined,
        isMet: undefined,
      },
    ];
  },
};

function sum(megabytes: number[]): string {
  return `${megabytes.map((value) => show(value)).join(' + ')} MB`;
}

function body(i: number, schedule: object): object {
  return {
    name: `schedule-${i}`,
    enabled: true,
    trigger: { id: 'core.schedule', schedule },
    steps: [{ id: 'note', action: 'core.transform', input: { value: '{{ trigger.scheduled_at }}' } }],
  };
}

async function create({ client }: System, i: number): Promise<string> {
  const made = await client.send('POST', '/v1/workflows', body(i, ONCE_A_YEAR));
  if (made.status !== 201) throw new Error(`a workflow was refused: ${made.status} ${made.body}`);
  return JSON.parse(made.body).id;
}

async function update({ client }: System, id: string, i: number): Promise<void> {
  const { enabled: _, ...changed } = body(i, { every_seconds: EVERY_SECONDS }) as Record<string, unknown>;
  const done = await client.send('PUT', `/v1/workflows/${id}`, changed);
  if (done.status !== 200) throw new Error(`a workflow was not changed: ${done.status} ${done.body}`);
}

/** Redis commands per second. */
async function idle(system: System, ms: number): Promise<number> {
  await sleep(SETTLE_MS);
  const before = readRedis(system).commands;
  const begin = performance.now();
  await sleep(ms);
  return (readRedis(system).commands - before) / ((performance.now() - begin) / 1000);
}

/** Milliseconds from when each run was due to when its tick made it, of the runs that were due in a time. */
async function lateness({ client }: System, span: { from: number; to: number }): Promise<number[]> {
  // What was due at the end has begun a little later.
  await sleep(SETTLE_MS);
  const ids: string[] = [];
  const since = new Date(span.from).toISOString();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=${PAGE}&from=${since}${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { items, next_cursor } = JSON.parse((await client.send('GET', `/v1/runs?${query}`)).body);
    ids.push(...items.map(({ id }: { id: string }) => id));
    cursor = next_cursor;
  }
  const times = await inParallel(ids.length, async (i) => {
    const { input, created_at } = JSON.parse((await client.send('GET', `/v1/runs/${ids[i]}`)).body);
    const due = Date.parse(input.scheduled_at);
    return due >= span.from && due < span.to ? [Date.parse(created_at) - due] : [];
  });
  return times.flat();
}

async function inParallel<T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  await Promise.all(
    Array.from({ length: LOOPS }, async () => {
      for (let i = next++; i < count; i = next++) results[i] = await work(i);
    }),
  );
  return results;
}
