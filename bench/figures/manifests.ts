import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, type Row, scaled } from '../figure.ts';
import { copyManifests } from '../manifest-copies.ts';
import { median, show } from '../numbers.ts';
import { freePorts, type Machine, sleep } from '../processes.ts';
import { openClient } from '../requests.ts';

const ACTIONS = 1000;
const MAX_SECONDS = 1;
const LOOK_MS = 50;
const MEGABYTE = 1_000_000;

/** What a start costs with 1,000 more actions, of connectors of the operator's own: processor time until the API is ready, and memory then. */
export const manifests: Figure = {
  name: 'manifests',
  async measure(machine, scale): Promise<Row[]> {
    const count = scaled(ACTIONS, scale);
    const folder = join(machine.folder, 'connectors');
    await copyManifests(folder, count);
    // The first start also compiles the code for those after it.
    await start(machine);
    const rounds: { plain: Start; more: Start }[] = [];
    for (let pair = 0; pair < scale.pairs; pair += 1)
      rounds.push({ plain: await start(machine), more: await start(machine, folder) });
    const middle = (of: (round: { plain: Start; more: Start }) => number) => median(rounds.map(of));
    const seconds = middle(({ plain, more }) => more.seconds - plain.seconds);
    const megabytes = middle(({ plain, more }) => (more.bytes - plain.bytes) / MEGABYTE);
    return [
      {
        figure: `start of the API with ${count} more actions: processor time (of them alone; resident memory of them)`,
        aim: `of them under ${MAX_SECONDS} s`,
        penstock: `${show(
          middle(({ more }) => more.seconds),
          's',
        )} (${show(seconds, 's')}; ${show(megabytes, 'MB')})`,
        baseline: `${show(
          middle(({ plain }) => plain.seconds),
          's',
        )}, without them`,
        ratio: middle(({ plain, more }) => more.seconds / plain.seconds),
        isMet: seconds < MAX_SECONDS,
      },
    ];
  },
};

interface Start {
  seconds: number;
  bytes: number;
}

/** Starts an API, with the connectors of a folder, until it is ready. @throws Error when it does not have them. */
async function start(machine: Machine, folder?: string): Promise<Start> {
  const [redisPort, apiPort] = (await freePorts(2)) as [number, number];
  const redis = await machine.redis(redisPort);
  const key = randomBytes(24).toString('hex');
  const api = machine.penstock('api', {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(apiPort),
    PENSTOCK_API_KEY: key,
    PENSTOCK_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    PENSTOCK_DATA: join(machine.folder, `data-${apiPort}`),
    ...(folder === undefined ? {} : { PENSTOCK_CONNECTORS: folder }),
  });
  const client = openClient(apiPort, 1, { authorization: `Bearer ${key}` });
  while (!(await isReady())) {
    if (api.child.exitCode !== null) throw new Error(`the API did not start: ${api.errors()}`);
    await sleep(LOOK_MS);
  }
  const used = { seconds: api.cpuSeconds(), bytes: api.residentBytes() };
  for (const id of folder === undefined ? [] : await readdir(folder)) {
    const { status, body } = await client.send('GET', `/v1/connectors/${id}`);
    if (status !== 200) throw new Error(`the API was measured without the connector ${id}: ${status} ${body}`);
  }
  client.close();
  await Promise.all([api.stop('SIGKILL'), redis.stop('SIGKILL')]);
  return used;

  async function isReady(): Promise<boolean> {
    return client.send('GET', '/readyz').then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
