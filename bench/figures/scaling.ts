import { type Figure, scaled } from '../figure.ts';
import { median, show } from '../numbers.ts';
import { openSystem } from '../system.ts';
import { ourRate } from './throughput.ts';

/** Two worker processes against one. */
export const scaling: Figure = {
  name: 'scaling',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    await system.upstream.set({ delayMs: 20 });
    const one: number[] = [];
    const two: number[] = [];
    const cpu: number[] = [];
    for (let i = 0; i < scale.pairs; i += 1) {
      const of = { count: scaled(8000, scale), concurrency: 100 };
      one.push(await ourRate(system, of));
      const before = [system.redis, system.upstream.process].map((process) => process.cpuSeconds());
      const begin = performance.now();
      two.push(await ourRate(system, { ...of, workers: 2 }));
      const seconds = (performance.now() - begin) / 1000;
      const used = [system.redis, system.upstream.process].map((process, at) => process.cpuSeconds() - before[at]!);
      cpu.push(used.reduce((sum, value) => sum + value, 0) / seconds);
    }
    await system.close();
    const ratio = median(two.map((rate, i) => rate / one[i]!));
    return [
      {
        figure: `two worker processes against one, service at 20 ms (Redis and service beside them use ${show(median(cpu))} of the two cores)`,
        aim: 'at least 1.6, as far as two cores allow',
        penstock: show(median(two), '/s'),
        baseline: `one ${show(median(one), '/s')}`,
        ratio,
        isMet: ratio >= 1.6,
      },
    ];
  },
};
