import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { percentile } from '../numbers.ts';
import { type Machine, sleep } from '../processes.ts';
import { openClient } from '../requests.ts';
import { openSystem, statement } from '../system.ts';
import { type Attack, startSlowReceiver } from './attacks.ts';
import { loadLightly } from './light-load.ts';

/** What ten runs a second of one tenant met with another quiet, and while it did harm. Milliseconds from POST to the end. */
export interface Beside {
  idleP95: number;
  p95: number;
  /** What p95 is to stay under. */
  aim: number;
  failures: string[];
}

/** An attack has this long to take what it can get. */
const LEAD_MS = 1000;
const SOCKETS = 64;
export const MIN_AIM_MS = 100;
export const AIM_TIMES = 3;
const PENSTOCK = join(import.meta.dirname, '../../cli/penstock.mjs');

/**
 * Measures one attack on one process that serves and works. It has a system of its own: what an attack leaves behind is not
 * the next one's.
 */
export async function measureBeside(
  machine: Machine,
  attack: Attack,
  of: { idleSeconds: number; seconds: number; share: number },
): Promise<Beside> {
  const system = await openSystem(machine, 1, 'serve');
  const slow = await startSlowReceiver();
  const apiPort = Number(system.env.PORT);
  const key = await makeTenant(system.env);
  const client = openClient(apiPort, SOCKETS, { authorization: `Bearer ${key}` });
  const light = (seconds: number) => loadLightly(system.client, seconds, statement(system.accounts[0]!));
  await light(1);
  const idleP95 = percentile((await light(of.idleSeconds)).times, 95);
  const service = new URL(system.upstream.url).origin;
  const end = await attack.begin({ client, apiPort, key, service, slow: slow.url, share: of.share });
  await sleep(LEAD_MS);
  const { times, failures } = await light(of.seconds);
  slow.release();
  await end();
  client.close();
  slow.close();
  await system.close();
  return { idleP95, p95: percentile(times, 95), aim: Math.max(MIN_AIM_MS, AIM_TIMES * idleP95), failures };
}

/** A second tenant; gives its admin key. */
async function makeTenant(env: Record<string, string>): Promise<string> {
  const { PENSTOCK_API_KEY: _first, ...rest } = env;
  const { stdout } = await promisify(execFile)(process.execPath, [PENSTOCK, 'tenants', 'create', 'Heavy', '--json'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...rest },
  });
  return JSON.parse(stdout).api_key.key;
}
