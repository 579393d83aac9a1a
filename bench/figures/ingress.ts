import { type Figure, scaled } from '../figure.ts';
import { median, show } from '../numbers.ts';
import { openSystem, post, repeat, statement } from '../system.ts';

/** n8n 2.41 in queue mode on such a machine, tuned: measured before this project began. */
const N8N_PER_SECOND = 96;

/** How fast the API takes runs, alone and with a worker that carries them out beside it. */
export const ingress: Figure = {
  name: 'ingress',
  async measure(machine, scale) {
    const accepted: number[] = [];
    const together: number[] = [];
    for (let i = 0; i < scale.pairs; i += 1) {
      const system = await openSystem(machine);
      const runs = () => repeat(scaled(10_000, scale), () => statement(system.accounts[0]!));
      accepted.push(await post(system.client, runs()));
      const worker = await system.worker(50);
      await system.finished();
      const begin = performance.now();
      await post(system.client, runs());
      await system.finished();
      together.push(scaled(10_000, scale) / ((performance.now() - begin) / 1000));
      await worker.stop();
      await system.close();
    }
    return [
      {
        figure: 'runs accepted per second, one API process, no worker',
        aim: 'at least 2,000/s',
        penstock: show(median(accepted), '/s'),
        baseline: '',
        ratio: undefined,
        isMet: median(accepted) >= 2000,
      },
      {
        figure: 'ingress and execution together, API + worker + service + client on this machine',
        aim: 'at least 1,000/s, ten times n8n tuned',
        penstock: show(median(together), '/s'),
        baseline: `n8n tuned ${N8N_PER_SECOND}/s`,
        ratio: median(together) / N8N_PER_SECOND,
        isMet: median(together) >= 1000,
      },
    ];
  },
};
