import { readFileSync } from 'node:fs';
import { bareRate } from '../bare.ts';
import { type Figure, scaled } from '../figure.ts';
import { median, show } from '../numbers.ts';
import { openSystem } from '../system.ts';
import { ourRate } from './throughput.ts';

const CONCURRENCY = 100;
/** Clock ticks per second of /proc/stat on every Linux that Node runs on. */
const TICKS = 100;

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
      const before = readBusy();
      rates.two.push(await ourRate(system, { ...of, workers: 2 }));
      busy.push(readBusy(before).cores);
      rates.bareOne.push(await bareRate(machine, system, { kind: 'post', ...of }));
      rates.bareTwo.push(await bareRate(machine, system, { kind: 'post', ...of, workers: 2 }));
    }
    await system.close();
    const gain = (two: number[], one: number[]) => median(two.map((rate, i) => rate / one[i]!));
    const ours = gain(rates.two, rates.one);
    return [
      {
        figure: `two worker processes against one, service at 20 ms (with two, ${show(median(busy))} cores are busy, accepting the runs included)`,
        aim: 'at least 1.6, as far as two cores allow',
        penstock: `${show(median(rates.two), '/s')} / ${show(median(rates.one), '/s')}: ${show(ours)}`,
        baseline: `B1 ${show(median(rates.bareTwo), '/s')} / ${show(median(rates.bareOne), '/s')}: ${show(gain(rates.bareTwo, rates.bareOne))}`,
        ratio: ours,
        isMet: ours >= 1.6,
      },
    ];
  },
};

interface Busy {
  at: number;
  seconds: number;
  /** Since the reading before. */
  cores: number;
}

/** How much of the machine's cores was used, by whatever process. */
function readBusy(before?: Busy): Busy {
  const [user = 0, nice = 0, system = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const at = performance.now();
  const seconds = (user + nice + system) / TICKS;
  const cores = before === undefined ? 0 : (seconds - before.seconds) / ((at - before.at) / 1000);
  return { at, seconds, cores };
}
