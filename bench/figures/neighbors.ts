import type { Figure, Row } from '../figure.ts';
import { ATTACKS } from '../neighbors/attacks.ts';
import { AIM_TIMES, MIN_AIM_MS, measureBeside } from '../neighbors/beside.ts';
import { show } from '../numbers.ts';

const SECONDS = 20;
const SHORT_SECONDS = 3;

/** Ten runs a second of one tenant while another does it harm, on one process that serves and works. */
export const neighbors: Figure = {
  name: 'neighbors',
  async measure(machine, { share }) {
    const seconds = share < 1 ? SHORT_SECONDS : SECONDS;
    const rows: Row[] = [];
    for (const attack of ATTACKS) {
      const { idleP95, p95, aim, failures } = await measureBeside(machine, attack, {
        idleSeconds: seconds,
        seconds,
        share,
      });
      rows.push({
        figure: `10 runs/s beside ${attack.name} of another tenant: p95 from POST to the end${failures.length === 0 ? '' : `; ${failures.length} failed, such as: ${failures[0]}`}`,
        aim: `at most the larger of ${AIM_TIMES} x idle and ${MIN_AIM_MS} ms, none fails`,
        penstock: show(p95, 'ms'),
        baseline: `idle ${show(idleP95, 'ms')}`,
        ratio: p95 / idleP95,
        isMet: p95 <= aim && failures.length === 0,
      });
    }
    return rows;
  },
};
