import { type Figure, scaled } from '../figure.ts';
import { show } from '../numbers.ts';
import { type RedisNumbers, readRedis } from '../redis-numbers.ts';
import { openSystem, post, repeat, statement } from '../system.ts';

const STAGES = 5;
const MEGABYTE = 1_000_000;

/** What runs cost in Redis, and what the processes hold after many of them. */
export const footprint: Figure = {
  name: 'footprint',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    const worker = await system.worker(50);
    const count = scaled(100_000, scale, 500);
    const work = async (runs: number) => {
      await post(
        system.client,
        repeat(runs, () => statement(system.accounts[0]!)),
      );
      await system.settled();
    };
    await work(scaled(1000, scale));
    const before = readRedis(system);
    const resident: number[] = [];
    for (let i = 0; i < STAGES; i += 1) {
      await work(Math.round(count / STAGES));
      resident.push((system.api.residentBytes() + worker.residentBytes()) / MEGABYTE);
    }
    const after = readRedis(system);
    await worker.stop();
    await system.close();
    const per = (name: keyof RedisNumbers) => (after[name] - before[name]) / count;
    const last = resident.at(-1)!;
    const isFlat = last < resident[1]! * 1.1;
    return [
      {
        figure: 'Redis per finished run: round trips / commands inside their scripts',
        aim: 'reported',
        penstock: `${show(per('sent'))} / ${show(per('commands'))}`,
        baseline: '',
        ratio: undefined,
        isMet: undefined,
      },
      {
        figure: 'Redis per finished run: bytes received / sent',
        aim: 'reported',
        penstock: `${show(per('received'))} / ${show(per('answered'))}`,
        baseline: '',
        ratio: undefined,
        isMet: undefined,
      },
      {
        figure: 'bytes of Redis memory per kept run',
        aim: 'reported',
        penstock: show(per('memory')),
        baseline: '',
        ratio: undefined,
        isMet: undefined,
      },
      {
        figure: `resident memory, API + worker, after ${count} runs (at each fifth: ${resident.map((value) => show(value)).join(', ')})`,
        aim: 'under 350 MB, flat',
        penstock: show(last, 'MB'),
        baseline: '',
        ratio: undefined,
        isMet: last < 350 && isFlat,
      },
    ];
  },
};
