import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { answers, freePorts, type Machine, type Started, sleep } from './processes.ts';
import { type Client, openClient } from './requests.ts';

/** As long as real ones are: every answer is searched for it. */
const TOKEN = `dapi${'0123456789abcdef'.repeat(2)}`;
const LOOK_MS = 25;
/** Rates are taken from what the service saw; looking costs the API and Redis time that belongs to what is measured. */
const SETTLED_LOOK_MS = 250;
const SOCKETS = 64;

/** What the upstream has seen since it was last cleared; times in epoch ms. */
export interface Seen {
  count: number;
  first?: number;
  last?: number;
  polls: number;
  /** Time and mark of each request, while they are few. */
  hits?: [at: number, mark: string][];
}

/** Penstock, its Redis and a service to call, each in processes of their own. */
export interface System {
  redisUrl: string;
  redis: Started;
  upstream: {
    process: Started;
    url: string;
    set(state: { delayMs?: number; running?: boolean }): Promise<void>;
    seen(): Promise<Seen>;
  };
  api: Started;
  client: Client;
  /** Ids of linked accounts of the service, all with a token. */
  accounts: string[];
  env: Record<string, string>;
  worker(concurrency: number): Promise<Started>;
  /** Resolves when no run is open. */
  finished(): Promise<void>;
  close(): Promise<void>;
}

/** Starts everything but workers; `serve` is an API with a worker in one process, of concurrency 50. */
export async function openSystem(machine: Machine, accounts = 1, part: 'api' | 'serve' = 'api'): Promise<System> {
  const [redisPort, apiPort, upstreamPort] = (await freePorts(3)) as [number, number, number];
  const redis = await machine.redis(redisPort);
  const upstream = machine.start(process.execPath, [join(import.meta.dirname, 'upstream.ts'), String(upstreamPort)]);
  const key = randomBytes(24).toString('hex');
  const env = {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(apiPort),
    PENSTOCK_API_KEY: key,
    PENSTOCK_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*',
    PENSTOCK_DATA: join(machine.folder, `data-${apiPort}`),
    PENSTOCK_RETENTION_RUNS: '1000000',
  };
  await answers(upstreamPort, upstream);
  const api = machine.penstock(part, { ...env, PENSTOCK_CONCURRENCY: '50' });
  await answers(apiPort, api);
  const client = openClient(apiPort, SOCKETS, { authorization: `Bearer ${key}` });
  while (!(await isReady(client))) await sleep(LOOK_MS);
  const control = openClient(upstreamPort, 1);
  const ids: string[] = [];
  for (let i = 0; i < accounts; i += 1) {
    const made = await client.send('POST', '/v1/linked_accounts', {
      name: `account-${i}`,
      connector: 'databricks',
      default_warehouse_id: '4f1c2b3a9d8e7f60',
      authentication: {
        name: 'token',
        kind: 'pat',
        host: `http://127.0.0.1:${upstreamPort}`,
        token: TOKEN,
        test: false,
      },
    });
    if (made.status !== 201) throw new Error(`the linked account was not made: ${made.status} ${made.body}`);
    ids.push(JSON.parse(made.body).id);
  }
  const workers: Started[] = [];
  return {
    redisUrl: env.REDIS_URL,
    redis,
    upstream: {
      process: upstream,
      url: `http://127.0.0.1:${upstreamPort}/api/2.0/sql/statements`,
      async set(state) {
        await control.send('POST', '/control', state);
      },
      seen: async () => JSON.parse((await control.send('GET', '/control')).body),
    },
    api,
    client,
    accounts: ids,
    env,
    async worker(concurrency) {
      const worker = machine.penstock('worker', { ...env, PENSTOCK_CONCURRENCY: String(concurrency) });
      workers.push(worker);
      return worker;
    },
    async finished() {
      for (;;) {
        const { body } = await client.send('GET', '/metrics');
        if (/^penstock_runs_open 0$/m.test(body)) return;
        await sleep(SETTLED_LOOK_MS);
      }
    },
    async close() {
      client.close();
      control.close();
      await Promise.all([api, upstream, redis, ...workers].map((one) => one.stop('SIGKILL')));
    },
  };
}

/** While it starts, the API hands its port from what answers for it to itself, and refuses connections for a moment. */
async function isReady(client: Client): Promise<boolean> {
  try {
    return (await client.send('GET', '/readyz')).status === 200;
  } catch {
    return false;
  }
}

/** A statement that costs the service nothing; `mark` tells its hit apart. */
export function statement(account: string, mark = 'x'): object {
  return {
    action: 'databricks.execute_statement',
    linked_account: account,
    input: { statement: `SELECT 1 -- mark:${mark} quick`, warehouse_id: '4f1c2b3a9d8e7f60' },
  };
}

/** Posts runs as fast as they are answered and gives how many per second were. */
export async function post(client: Client, bodies: Iterable<object>, loops = SOCKETS): Promise<number> {
  const iterator = bodies[Symbol.iterator]();
  const begin = performance.now();
  let count = 0;
  const loop = async () => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      const reply = await client.send('POST', '/v1/runs', next.value);
      if (reply.status !== 202) throw new Error(`a run was not accepted: ${reply.status} ${reply.body}`);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return count / ((performance.now() - begin) / 1000);
}

export function* repeat(count: number, make: (i: number) => object): Generator<object> {
  for (let i = 0; i < count; i += 1) yield make(i);
}
