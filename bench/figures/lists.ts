import { createConnection, type Socket } from 'node:net';
import { type Figure, type Row, type Scale, scaled } from '../figure.ts';
import { median, percentile, show } from '../numbers.ts';
import { type Machine, sleep } from '../processes.ts';
import { openSystem, post, repeat, type System, statement } from '../system.ts';

/** Runs that are kept while lists are read. */
const KEPT = 100_000;
const READS = 400;
/** Runs a second that start beside it. */
const LOAD = 10;
const MAX_LIST_MS = 30;
/** Event streams that are open and hear nothing. */
const STREAMS = 200;
const IDLE_MS = 30_000;
const MAX_SHARE = 0.05;
const SETTLE_MS = 2000;

/** What a person sees first of the runs: a page of the list, and the counts over it. */
const PAGE = '/v1/runs?limit=50';
const COUNTS = '/v1/runs/counts?by=status&bucket=3600';

/** How fast the list of runs is with its counts when many are kept, and what open streams cost that hear nothing. */
export const lists: Figure = {
  name: 'lists',
  async measure(machine, scale) {
    return [...(await measureList(machine, scale)), await measureStreams(machine, scale)];
  },
};

async function measureList(machine: Machine, scale: Scale): Promise<Row[]> {
  const system = await openSystem(machine);
  const worker = await system.worker(50);
  const kept = scaled(KEPT, scale, 500);
  await post(system.client, repeat(kept, value));
  await system.finished();
  const load = beside(system);
  const page: number[] = [];
  const both: number[] = [];
  for (let i = scaled(READS, scale, 20); i > 0; i -= 1) {
    const from = performance.now();
    const first = read(system, PAGE).then(() => page.push(performance.now() - from));
    await Promise.all([first, read(system, COUNTS)]);
    both.push(performance.now() - from);
    await sleep(1000 / LOAD / 2);
  }
  await load.stop();
  await system.finished();
  const cpuMs = await costOf(system, scaled(READS, scale, 20));
  await worker.stop();
  await system.close();
  const p95 = percentile(both, 95);
  return [
    {
      figure: `a page of runs with counts, ${kept} kept, ${LOAD} runs/s beside it: p50 / p95 (the page alone: p95; processor time of API and Redis for both)`,
      aim: `p95 under ${MAX_LIST_MS} ms`,
      penstock: `${show(median(both))} / ${show(p95, 'ms')} (${show(percentile(page, 95), 'ms')}; ${show(cpuMs, 'ms')})`,
      baseline: '',
      ratio: undefined,
      isMet: p95 < MAX_LIST_MS,
    },
  ];
}

/** Costs the engine a run, and the service nothing. */
function value(): object {
  return { action: 'core.transform', input: { value: 1 } };
}

async function read({ client }: System, path: string): Promise<void> {
  const { status, body } = await client.send('GET', path);
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${body}`);
}

/** Milliseconds of processor time of a page with its counts, also where others share the machine. */
async function costOf(system: System, reads: number): Promise<number> {
  const used = () => system.api.cpuSeconds() + system.redis.cpuSeconds();
  const before = used();
  for (let i = 0; i < reads; i += 1) await Promise.all([read(system, PAGE), read(system, COUNTS)]);
  return ((used() - before) * 1000) / reads;
}

/** Posts runs at the rate of the load until it is stopped. */
function beside({ client, accounts }: System): { stop(): Promise<void> } {
  let isStopped = false;
  const work = async () => {
    for (let i = 0, from = performance.now(); !isStopped; i += 1) {
      const { status, body } = await client.send('POST', '/v1/runs', statement(accounts[0]!));
      if (status !== 202) throw new Error(`a run was not accepted: ${status} ${body}`);
      await sleep(Math.max(0, from + ((i + 1) * 1000) / LOAD - performance.now()));
    }
  };
  const working = work();
  return {
    async stop() {
      isStopped = true;
      await working;
    },
  };
}

/** Processor time of the API with streams less what it takes without. */
async function measureStreams(machine: Machine, scale: Scale): Promise<Row> {
  const system = await openSystem(machine);
  const ms = scaled(IDLE_MS, scale, 2000);
  await sleep(SETTLE_MS);
  const without = await shareOf(system, ms);
  const sockets = await Promise.all(Array.from({ length: STREAMS }, () => openStream(system)));
  await sleep(SETTLE_MS);
  const share = await shareOf(system, ms);
  for (const socket of sockets) socket.destroy();
  await system.close();
  return {
    figure: `${STREAMS} open streams of GET /v1/runs/events that hear nothing: share of a core (the API without them)`,
    aim: `under ${MAX_SHARE * 100} %`,
    penstock: `${show(share * 100, '%')} (${show(without * 100, '%')})`,
    baseline: '',
    ratio: undefined,
    isMet: share < MAX_SHARE,
  };
}

async function shareOf({ api }: System, ms: number): Promise<number> {
  const used = api.cpuSeconds();
  const from = performance.now();
  await sleep(ms);
  return ((api.cpuSeconds() - used) * 1000) / (performance.now() - from);
}

/** Resolves when the stream has sent its first event. */
function openStream({ env }: System): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const port = Number(env.PORT);
    const socket = createConnection({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('event: ready')) resolve(socket);
      else if (!/^HTTP\/1\.1 200/.test(text)) reject(new Error(`the stream was not opened: ${text.slice(0, 500)}`));
    });
    socket.on('error', reject);
    const head = `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${env.PENSTOCK_API_KEY}`;
    socket.write(`GET /v1/runs/events HTTP/1.1\r\n${head}\r\n\r\n`);
  });
}
