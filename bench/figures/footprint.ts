import { type Figure, type Row, type Scale, scaled } from '../figure.ts';
import { show } from '../numbers.ts';
import type { Machine, Started } from '../processes.ts';
import { type RedisNumbers, readRedis } from '../redis-numbers.ts';
import { openSystem, post, repeat, type System, statement } from '../system.ts';

const STAGES = 5;
const MEGABYTE = 1_000_000;
const MAX_MEGABYTES = 350;

/** What runs cost in Redis, and what the processes hold after many of them: both in one process, and one process each. */
export const footprint: Figure = {
  name: 'footprint',
  async measure(machine, scale) {
    const count = scaled(100_000, scale, 500);
    const together = await measureTogether(machine, scale, count);
    const system = await openSystem(machine);
    const worker = await system.worker(50);
    await work(system, scaled(1000, scale));
    const before = readRedis(system);
    const resident = await stages(system, [system.api, worker], count);
    const after = readRedis(system);
    await worker.stop();
    await system.close();
    const per = (name: keyof RedisNumbers) => (after[name] - before[name]) / count;
    return [
      reported(
        'Redis per finished run: round trips / commands inside their scripts',
        `${show(per('sent'))} / ${show(per('commands'))}`,
      ),
      reported('Redis per finished run: bytes received / sent', `${show(per('received'))} / ${show(per('answered'))}`),
      reported('bytes of Redis memory per kept run', show(per('memory'))),
      {
        ...reported(
          memoryOf('penstock serve (API + worker in one process)', count, together),
          show(together.at(-1)!, 'MB'),
        ),
        aim: `under ${MAX_MEGABYTES} MB, flat`,
        isMet: together.at(-1)! < MAX_MEGABYTES && isFlat(together),
      },
      reported(memoryOf('API and worker, a process each', count, resident), show(resident.at(-1)!, 'MB')),
    ];
  },
};

async function measureTogether(machine: Machine, scale: Scale, count: number): Promise<number[]> {
  const system = await openSystem(machine, 1, 'serve');
  await work(system, scaled(1000, scale));
  const resident = await stages(system, [system.api], count);
  await system.close();
  return resident;
}

/** Megabytes after each fifth of the runs. */
async function stages(system: System, processes: Started[], count: number): Promise<number[]> {
  const resident: number[] = [];
  for (let i = 0; i < STAGES; i += 1) {
    await work(system, Math.round(count / STAGES));
    resident.push(processes.reduce((sum, process) => sum + process.residentBytes(), 0) / MEGABYTE);
  }
  return resident;
}

async function work(system: System, runs: number): Promise<void> {
  await post(
    system.client,
    repeat(runs, () => statement(system.accounts[0]!)),
  );
  await system.finished();
}

function isFlat(resident: number[]): boolean {
  return resident.at(-1)! < resident[1]! * 1.1;
}

function memoryOf(what: string, count: number, resident: number[]): string {
  return `resident memory, ${what}, after ${count} runs (at each fifth: ${resident.map((value) => show(value)).join(', ')})`;
}

function reported(figure: string, penstock: string): Row {
  return { figure, aim: 'reported', penstock, baseline: '', ratio: undefined, isMet: undefined };
}
