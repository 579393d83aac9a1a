import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { answers, freePorts, type Machine, type Started, sleep } from './processes.ts';
import { type Client, openClient } from './requests.ts';

const EMULATOR = join(import.meta.dirname, '../emulator/main.ts');
const LOOK_MS = 25;
const SOCKETS = 32;
const STATEMENTS = '/api/2.0/sql/statements';

/** How far a workflow's trigger has read, as the API shows it. */
export interface CursorView {
  position: { value: string; key: string | null } | null;
  events: number;
  version: number;
  in_flight: string | null;
  failures: number;
  last_error: string | null;
  not_before: string | null;
  last_tick_at: string | null;
}

/** Penstock, its Redis and the emulator as the service, each in processes of their own. */
export interface Emulated {
  redisUrl: string;
  redis: Started;
  emulator: Started;
  api: Started;
  client: Client;
  /** Of the linked account. */
  account: string;
  warehouse: string;
  service: { url: string; token: string };
  env: Record<string, string>;
  /** Rows of a statement that is run on the emulator itself, every cell a text or null. */
  sql(statement: string): Promise<(string | null)[][]>;
  /** How many statements the emulator got since a time (epoch ms), 1,000 at most. */
  statements(since: number): Promise<number>;
  worker(): Promise<Started>;
  /** Makes an enabled workflow and gives its id. */
  workflow(body: object): Promise<string>;
  cursor(workflow: string): Promise<CursorView>;
  /** Where `core.file` writes. */
  file(path: string): string;
  close(): Promise<void>;
}

/** Starts everything but workers; the emulator has its samples loaded. `endpoints` may be posted to. */
export async function openEmulated(machine: Machine, endpoints: string[] = []): Promise<Emulated> {
  const [redisPort, apiPort, port] = (await freePorts(3)) as [number, number, number];
  const token = `dapi${randomBytes(16).toString('hex')}`;
  const key = randomBytes(24).toString('hex');
  const redis = await machine.redis(redisPort);
  const emulator = machine.start(process.execPath, [EMULATOR], {
    EMULATOR_PORT: String(port),
    EMULATOR_TOKEN: token,
    TMPDIR: machine.folder,
  });
  const data = join(machine.folder, `data-${apiPort}`);
  const env = {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(apiPort),
    PENSTOCK_API_KEY: key,
    PENSTOCK_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    PENSTOCK_ALLOWED_HOSTS: [`http://127.0.0.1:${port}`, ...endpoints].join(','),
    PENSTOCK_DATA: data,
  };
  await answers(port, emulator);
  const api = machine.penstock('api', env);
  await answers(apiPort, api);
  const client = openClient(apiPort, SOCKETS, { authorization: `Bearer ${key}` });
  await ready(client, '/readyz', api);
  const service = openClient(port, 2, { authorization: `Bearer ${token}` });
  const { warehouses } = JSON.parse(await ready(service, '/api/2.0/sql/warehouses', emulator));
  const warehouse: string = warehouses[0].id;
  const create = async (path: string, body: object): Promise<string> => {
    const made = await client.send('POST', path, body);
    if (made.status !== 201) throw new Error(`${path} was refused: ${made.status} ${made.body}`);
    return JSON.parse(made.body).id;
  };
  const url = `http://127.0.0.1:${port}`;
  const account = await create('/v1/linked_accounts', {
    name: 'emulator',
    connector: 'databricks',
    default_warehouse_id: warehouse,
    authentication: { name: 'token', kind: 'pat', host: url, token, test: false },
  });
  const workers: Started[] = [];
  return {
    redisUrl: env.REDIS_URL,
    redis,
    emulator,
    api,
    client,
    account,
    warehouse,
    service: { url, token },
    env,
    sql: (statement) => run(service, { statement, warehouse_id: warehouse }),
    async statements(since) {
      const query = `max_results=1000&filter_by.query_start_time_range.start_time_ms=${since}`;
      return JSON.parse((await service.send('GET', `/api/2.0/sql/history/queries?${query}`)).body).res.length;
    },
    async worker() {
      const worker = machine.penstock('worker', env);
      workers.push(worker);
      return worker;
    },
    workflow: (body) => create('/v1/workflows', body),
    async cursor(workflow) {
      return JSON.parse((await client.send('GET', `/v1/workflows/${workflow}/cursor`)).body);
    },
    file: (path) => join(data, 'files/default', path),
    async close() {
      client.close();
      service.close();
      await Promise.all([api, emulator, redis, ...workers].map((one) => one.stop('SIGKILL')));
    },
  };
}

/** Resolves with the first good answer; a port may be lent to somebody else for a moment. */
async function ready(client: Client, path: string, of: Started): Promise<string> {
  for (;;) {
    const { status, body } = await client.send('GET', path).catch(() => ({ status: 0, body: '' }));
    if (status === 200) return body;
    if (of.child.exitCode !== null) throw new Error(`a process ended at its start: ${of.errors()}`);
    await sleep(LOOK_MS);
  }
}

async function run(service: Client, body: object): Promise<(string | null)[][]> {
  let answer = JSON.parse((await service.send('POST', STATEMENTS, { ...body, wait_timeout: '50s' })).body);
  while (['PENDING', 'RUNNING'].includes(answer.status?.state)) {
    await sleep(LOOK_MS);
    answer = JSON.parse((await service.send('GET', `${STATEMENTS}/${answer.statement_id}`)).body);
  }
  if (answer.status?.state !== 'SUCCEEDED') throw new Error(`a statement failed: ${JSON.stringify(answer)}`);
  const rows: (string | null)[][] = answer.result?.data_array ?? [];
  for (let link = answer.result?.next_chunk_internal_link; link !== undefined; ) {
    const chunk = JSON.parse((await service.send('GET', link)).body);
    rows.push(...chunk.data_array);
    link = chunk.next_chunk_internal_link;
  }
  return rows;
}
