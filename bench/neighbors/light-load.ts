import { sleep } from '../processes.ts';
import type { Client } from '../requests.ts';

/** What a tenant's light load met. Times from POST to the end of the run. */
export interface LightLoad {
  times: number[];
  /** What was refused, failed or did not end. */
  failures: string[];
}

const PER_SECOND = 10;
/** A run that has not ended by then has failed. */
const LIMIT_SECONDS = 30;

/** Starts ten runs a second for as long as told, whether the ones before have ended or not, and waits for their ends. */
export async function loadLightly(client: Client, seconds: number, body: object): Promise<LightLoad> {
  const load: LightLoad = { times: [], failures: [] };
  const open: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < seconds * PER_SECOND; i += 1) {
    await sleep(Math.max(0, begin + (i * 1000) / PER_SECOND - performance.now()));
    open.push(one(client, body, load).catch((error: Error) => void load.failures.push(error.message)));
  }
  await Promise.all(open);
  return load;
}

async function one(client: Client, body: object, load: LightLoad): Promise<void> {
  const begin = performance.now();
  const made = await client.send('POST', '/v1/runs', body);
  if (made.status !== 202) throw new Error(`not accepted: ${made.status} ${made.body.slice(0, 200)}`);
  const { id } = JSON.parse(made.body);
  const ended = await client.send('GET', `/v1/runs/${id}`, undefined, { prefer: `wait=${LIMIT_SECONDS}` });
  const { status, error } = JSON.parse(ended.body);
  if (status !== 'succeeded') throw new Error(`${id} is ${status}: ${error?.message}`);
  load.times.push(performance.now() - begin);
}
