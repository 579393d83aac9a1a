import { bareRate, rateOf } from '../bare.ts';
import { type Figure, type Row, type Scale, scaled } from '../figure.ts';
import { median, show } from '../numbers.ts';
import type { Machine } from '../processes.ts';
import { openSystem, post, repeat, type System, statement } from '../system.ts';

/** Runs of one action on one worker that finds them waiting, in turn with a bare worker that posts the same. */
export const throughput: Figure = {
  name: 'throughput',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    const count = scaled(10_000, scale);
    const b0 = await bareRate(machine, system, { kind: 'empty', count: count * 2, concurrency: 50 });
    const fast = await pairs(machine, system, { count, concurrency: 50, scale });
    await system.upstream.set({ delayMs: 20 });
    const slow = await pairs(machine, system, { count, concurrency: 200, scale });
    await system.close();
    return [
      {
        figure: 'B0: a bare BullMQ worker that does nothing, concurrency 50',
        aim: '',
        penstock: '',
        baseline: show(b0, '/s'),
        ratio: undefined,
        isMet: undefined,
      },
      row('action runs per second, one worker, service at 0 ms, concurrency 50', fast),
      row('the same at 20 ms, concurrency 200', slow),
    ];
  },
};

interface Pairs {
  ours: number;
  bare: number;
  ratio: number;
}

async function pairs(
  machine: Machine,
  system: System,
  of: { count: number; concurrency: number; scale: Scale },
): Promise<Pairs> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < of.scale.pairs; i += 1) {
    ours.push(await ourRate(system, of));
    bare.push(await bareRate(machine, system, { kind: 'post', ...of }));
  }
  return { ours: median(ours), bare: median(bare), ratio: median(ours.map((rate, i) => rate / bare[i]!)) };
}

/** Runs per second of workers that find them all waiting; `onAccepted` is called when they all wait. */
export async function ourRate(
  system: System,
  of: { count: number; concurrency: number; workers?: number },
  onAccepted?: () => void,
): Promise<number> {
  const { count, concurrency, workers = 1 } = of;
  await post(
    system.client,
    repeat(count, () => statement(system.accounts[0]!)),
  );
  onAccepted?.();
  await system.upstream.set({});
  const started = await Promise.all(Array.from({ length: workers }, () => system.worker(concurrency)));
  await system.finished();
  const rate = rateOf(await system.upstream.seen());
  await Promise.all(started.map((worker) => worker.stop()));
  return rate;
}

function row(figure: string, { ours, bare, ratio }: Pairs): Row {
  return {
    figure,
    aim: 'at least 0.8 of B1',
    penstock: show(ours, '/s'),
    baseline: `B1 ${show(bare, '/s')}`,
    ratio,
    isMet: ratio >= 0.8,
  };
}
