/**
 * Kills workers, API and Redis at random while runs of every effect go through a service that fails in every way, then compares
 * what the runs say with what the service saw. Run: main.ts [runs] [--runs N] [--seed N] [--workers N] [--short]
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answers, freePorts, openMachine, sleep } from '../processes.ts';
import { type Client, openClient } from '../requests.ts';
import { checkRedis, checkRuns, findSecrets, type Seen } from './checks.ts';
import { type Kept, startKiller } from './killer.ts';
import { createRandom } from './random.ts';
import type { Ledger } from './service.ts';
import { createOrders, type Order } from './workload.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string' },
    workers: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const RUNS = Number(values.runs ?? (values.short ? 400 : 5000));
const SEED = Number(values.seed ?? Date.now() % 1_000_000);
const WORKERS = Number(values.workers ?? 2);
const LOOPS = 24;
const ACCOUNTS = 4;
/** Posting is spread so that kills meet every state of it. */
const POST_MS = values.short ? 15_000 : 90_000;
/** A killed worker's runs are resumed within a minute, and retried for some minutes at most. */
const SETTLE_LIMIT_MS = 420_000;
const LOOK_MS = 500;
const SECRET = `dapi${randomBytes(16).toString('hex')}`;
const HOOK_SECRET = `whsec_${randomBytes(24).toString('base64')}`;

const machine = await openMachine();
process.exitCode = await run().catch((error: unknown) => {
  console.error(error);
  return 1;
});
await machine.close();

async function run(): Promise<number> {
  const [redisPort, apiPort, servicePort] = (await freePorts(3)) as [number, number, number];
  const logs = join(machine.folder, 'logs');
  mkdirSync(logs);
  const key = randomBytes(24).toString('hex');
  const env = {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(apiPort),
    PENSTOCK_API_KEY: key,
    PENSTOCK_ENCRYPTION_KEYS: `chaos:${randomBytes(32).toString('base64')}`,
    PENSTOCK_ALLOWED_HOSTS: `http://127.0.0.1:${servicePort}`,
    PENSTOCK_DATA: join(machine.folder, 'data'),
    PENSTOCK_CONCURRENCY: '50',
  };
  const service = machine.start(process.execPath, [
    join(import.meta.dirname, 'service.ts'),
    ...[servicePort, SEED, SECRET].map(String),
  ]);
  await answers(servicePort, service);
  const folder = join(machine.folder, 'redis');
  mkdirSync(folder);
  const kept: Kept[] = [
    { name: 'redis', current: undefined, start: () => machine.redis(redisPort, { folder, fsync: 'always' }) },
    {
      name: 'api',
      current: undefined,
      async start() {
        const api = machine.penstock('api', env, openSync(join(logs, 'api'), 'a'));
        await answers(apiPort, api).catch(() => {
          // Redis is down as well; it is started again below.
        });
        return api;
      },
    },
    ...Array.from(
      { length: WORKERS },
      (_, i): Kept => ({
        name: 'worker',
        current: undefined,
        start: async () => machine.penstock('worker', env, openSync(join(logs, `worker-${i}`), 'a')),
      }),
    ),
  ];
  for (const one of kept) one.current = await one.start();
  const guard = keepAlive(kept);
  const client = openClient(apiPort, LOOPS, { authorization: `Bearer ${key}` });
  while ((await client.send('GET', '/readyz').catch(() => undefined))?.status !== 200) await sleep(LOOK_MS);
  const accounts = await makeAccounts(client, servicePort);
  const orders = createOrders(SEED, RUNS, {
    accounts,
    webhook: `http://127.0.0.1:${servicePort}/hook`,
    webhookSecret: HOOK_SECRET,
  });

  say(`seed ${SEED}: ${RUNS} runs, ${WORKERS} workers`);
  const killer = startKiller(createRandom(SEED + 1), kept, [1, 2, ...Array.from({ length: WORKERS }, () => 3)]);
  const ids = await postAll(client, orders);
  await killer.stop();
  const kills = Object.entries(killer.kills).map(([name, count]) => `${count} of ${name}`);
  say(`all accepted; killed: ${kills.join(', ')}`);
  const seen = await readAll(client, { ids, orders });
  guard.stop();

  const control = openClient(servicePort, 1);
  const ledger: Ledger = JSON.parse((await control.send('GET', '/ledger')).body);
  const faults = [
    ...checkRuns(seen, ledger),
    ...(await checkRedis(env.REDIS_URL, seen)),
    ...findSecrets(machine.folder, [SECRET, HOOK_SECRET, HOOK_SECRET.slice('whsec_'.length)]),
    ...(JSON.stringify(seen).includes(HOOK_SECRET.slice('whsec_'.length))
      ? ['an answer of the API holds a secret']
      : []),
  ];
  report(seen, ledger);
  for (const fault of faults.slice(0, 50)) say(`WRONG: ${fault}`);
  say(faults.length === 0 ? `seed ${SEED}: nothing lost, nothing twice` : `seed ${SEED}: ${faults.length} faults`);
  control.close();
  client.close();
  return faults.length === 0 ? 0 : 1;
}

/** A process that ends by itself (the API, when Redis was unavailable at its start) is started again, as a supervisor would. */
function keepAlive(kept: Kept[]): { stop(): void } {
  const timer = setInterval(() => {
    for (const one of kept) {
      const { current } = one;
      if (current === undefined || (current.child.exitCode === null && current.child.signalCode === null)) continue;
      one.current = undefined;
      one.start().then(
        (started) => {
          one.current = started;
        },
        () => {
          // The run is over.
        },
      );
    }
  }, 300);
  // A run that fails leaves it going.
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

async function makeAccounts(client: Client, port: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < ACCOUNTS; i += 1) {
    const body = {
      name: `account-${i}`,
      connector: 'databricks',
      authentication: { name: 'token', kind: 'pat', host: `http://127.0.0.1:${port}`, token: SECRET, test: false },
    };
    let made = await client.send('POST', '/v1/linked_accounts', body);
    // On a busy machine the API is there before it has found Redis.
    for (let tries = 0; made.status === 503 && tries < 100; tries += 1) {
      await sleep(100);
      made = await client.send('POST', '/v1/linked_accounts', body);
    }
    if (made.status !== 201) throw new Error(`no linked account: ${made.status} ${made.body}`);
    ids.push(JSON.parse(made.body).id);
  }
  return ids;
}

/** Posts every order until it is accepted, each under a key of its own; gives the ids in the order of the orders. */
async function postAll(client: Client, orders: Order[]): Promise<string[]> {
  const ids: string[] = new Array(orders.length);
  let next = 0;
  const begin = Date.now();
  const loop = async () => {
    for (let i = next++; i < orders.length; i = next++) {
      const due = begin + (i / orders.length) * POST_MS;
      if (Date.now() < due) await sleep(due - Date.now());
      ids[i] = await postOne(client, orders[i]!, i);
      const { cancelAfterMs } = orders[i]!;
      if (cancelAfterMs !== undefined) setTimeout(() => void cancelOne(client, ids[i]!), cancelAfterMs);
      if (i % 500 === 499) say(`${i + 1} accepted`);
    }
  };
  await Promise.all(Array.from({ length: LOOPS }, loop));
  return ids;
}

async function postOne(client: Client, order: Order, i: number): Promise<string> {
  for (;;) {
    // No answer: the API is down.
    const reply = await client
      .send('POST', '/v1/runs', order.body, { 'idempotency-key': `order-${i}` })
      .catch(() => {});
    if (reply?.status === 202 || reply?.status === 200) return JSON.parse(reply.body).id;
    if (reply !== undefined && reply.status < 500 && reply.status !== 409)
      throw new Error(`a run was refused: ${reply.status} ${reply.body}`);
    await sleep(100);
  }
}

async function cancelOne(client: Client, id: string): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    try {
      const { status } = await client.send('POST', `/v1/runs/${id}/cancel`, {});
      if (status < 500) return;
    } catch {
      // The API is down.
    }
    await sleep(200);
  }
}

/** Waits until every run has ended, or the limit is reached, and gives them all. */
async function readAll(client: Client, made: { ids: string[]; orders: Order[] }): Promise<Seen[]> {
  const { ids, orders } = made;
  const runs: Seen[] = new Array(ids.length);
  const begin = Date.now();
  let open = ids.map((_, i) => i);
  for (;;) {
    const still: number[] = [];
    await Promise.all(
      Array.from({ length: LOOPS }, async (_, loop) => {
        for (let at = loop; at < open.length; at += LOOPS) {
          const i = open[at]!;
          try {
            const reply = await client.send('GET', `/v1/runs/${ids[i]}`);
            if (reply.status === 200) runs[i] = { ...JSON.parse(reply.body), kind: orders[i]!.kind };
            else
              runs[i] = {
                id: ids[i]!,
                kind: orders[i]!.kind,
                status: `not there (${reply.status})`,
                effect: '',
                launches: [],
              };
          } catch {
            // The API was killed in the last moment.
          }
          if (!['succeeded', 'failed', 'canceled'].includes(runs[i]?.status ?? '')) still.push(i);
        }
      }),
    );
    open = still;
    if (open.length === 0) {
      say(`all ended ${Math.round((Date.now() - begin) / 1000)} s after the last kill`);
      return runs;
    }
    if (Date.now() - begin > SETTLE_LIMIT_MS) return runs;
    await sleep(LOOK_MS);
  }
}

function report(runs: Seen[], ledger: Ledger): void {
  const table: Record<string, number> = {};
  for (const { kind, status, error } of runs) {
    const name = `${kind.padEnd(16)} ${status}${error === undefined ? '' : ` ${error.code}`}`;
    table[name] = (table[name] ?? 0) + 1;
  }
  for (const name of Object.keys(table).toSorted()) say(`${String(table[name]).padStart(6)}  ${name}`);
  const faults = Object.entries(ledger.faults).map(([name, count]) => `${count} x ${name}`);
  const repeated = Object.values(ledger.token).filter((count) => count > 1).length;
  say(`the service had ${ledger.requests} requests and failed ${faults.join(', ')}`);
  say(`${repeated} launches were sent again with their token; ${ledger.canceled.length} cancels came`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
