import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figure, Row } from '../figure.ts';
import { ATTACKS, startSlowReceiver } from '../neighbors/attacks.ts';
import { loadLightly } from '../neighbors/light-load.ts';
import { percentile, show } from '../numbers.ts';
import { sleep } from '../processes.ts';
import { openClient } from '../requests.ts';
import { openSystem, statement } from '../system.ts';

const SECONDS = 20;
const SHORT_SECONDS = 3;
/** An attack has this long to take what it can get. */
const LEAD_MS = 1000;
const SOCKETS = 64;
const MIN_AIM_MS = 100;
const AIM_TIMES = 3;
const PENSTOCK = join(import.meta.dirname, '../../cli/penstock.mjs');

/** Ten runs a second of one tenant while another does it harm, on one process that serves and works. */
export const neighbors: Figure = {
  name: 'neighbors',
  async measure(machine, scale) {
    const seconds = scale.share < 1 ? SHORT_SECONDS : SECONDS;
    const rows: Row[] = [];
    for (const attack of ATTACKS) {
      // A system of its own for each: what one attack leaves behind is not the next one's.
      const system = await openSystem(machine, 1, 'serve');
      const slow = await startSlowReceiver();
      const apiPort = Number(system.env.PORT);
      const key = await makeTenant(system.env);
      const client = openClient(apiPort, SOCKETS, { authorization: `Bearer ${key}` });
      const light = () => loadLightly(system.client, seconds, statement(system.accounts[0]!));
      await loadLightly(system.client, 1, statement(system.accounts[0]!));
      const idle = percentile((await light()).times, 95);
      const service = new URL(system.upstream.url).origin;
      const end = await attack.begin({ client, apiPort, key, service, slow: slow.url, share: scale.share });
      await sleep(LEAD_MS);
      const { times, failures } = await light();
      slow.release();
      await end();
      client.close();
      slow.close();
      await system.close();
      const p95 = percentile(times, 95);
      const aim = Math.max(MIN_AIM_MS, AIM_TIMES * idle);
      rows.push({
        figure: `10 runs/s beside ${attack.name} of another tenant: p95 from POST to the end${failures.length === 0 ? '' : `; ${failures.length} failed, such as: ${failures[0]}`}`,
        aim: `at most the larger of ${AIM_TIMES} x idle and ${MIN_AIM_MS} ms, none fails`,
        penstock: show(p95, 'ms'),
        baseline: `idle ${show(idle, 'ms')}`,
        ratio: p95 / idle,
        isMet: p95 <= aim && failures.length === 0,
      });
    }
    return rows;
  },
};

/** A second tenant; gives its admin key. */
async function makeTenant(env: Record<string, string>): Promise<string> {
  const { PENSTOCK_API_KEY: _first, ...rest } = env;
  const { stdout } = await promisify(execFile)(process.execPath, [PENSTOCK, 'tenants', 'create', 'Heavy', '--json'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...rest },
  });
  return JSON.parse(stdout).api_key.key;
}
