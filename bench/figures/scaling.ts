import { bareRate } from '../bare.ts';
import { type Figure, scaled } from '../figure.ts';
import { median, show } from '../numbers.ts';
import { machineSeconds } from '../processes.ts';
import { openSystem } from '../system.ts';
import { ourRate } from './throughput.ts';

const CONCURRENCY = 100;
const LOOK_MS = 1000;

/** Two worker processes against one, beside two bare workers against one: what the machine itself allows. */
export const scaling: Figure = {
  name: 'scaling',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    await system.upstream.set({ delayMs: 20 });
    const rates = { one: [] as number[], two: [] as number[], bareOne: [] as number[], bareTwo: [] as number[] };
    const busy: number[] = [];
    const of = { count: scaled(8000, scale), concurrency: CONCURRENCY };
    for (let i = 0; i < scale.pairs; i += 1) {
      rates.one.push(await ourRate(system, of));
      let mostBusy = () => 0;
      const watch = () => {
        mostBusy = watchCores();
      };
      rates.two.push(await ourRate(system, { ...of, workers: 2 }, watch));
      busy.push(mostBusy());
      rates.bareOne.push(await bareRate(machine, system, { kind: 'post', ...of }));
      rates.bareTwo.push(await bareRate(machine, system, { kind: 'post', ...of, workers: 2 }));
    }
    await system.close();
    const gain = (two: number[], one: number[]) => median(two.map((rate, i) => rate / one[i]!));
    const ours = gain(rates.two, rates.one);
    return [
      {
        figure: `two worker processes against one, service at 20 ms (with two, up to ${show(median(busy))} cores are busy)`,
        aim: 'at least 1.6, as far as two cores allow',
        penstock: `${show(median(rates.two), '/s')} / ${show(median(rates.one), '/s')}: ${show(ours)}`,
        baseline: `B1 ${show(median(rates.bareTwo), '/s')} / ${show(median(rates.bareOne), '/s')}: ${show(gain(rates.bareTwo, rates.bareOne))}`,
        ratio: ours,
        isMet: ours >= 1.6,
      },
    ];
  },
};

/** Looks at the machine once a second; gives the most cores that were busy in one of them. */
function watchCores(): () => number {
  let most = 0;
  let before = machineSeconds();
  const timer = setInterval(() => {
    const now = machineSeconds();
    most = Math.max(most, (now - before) / (LOOK_MS / 1000));
    before = now;
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}
