import { join } from 'node:path';
import { Queue } from 'bullmq';
import type { Machine, Started } from './processes.ts';
import { sleep } from './processes.ts';
import type { System } from './system.ts';

const BATCH = 1000;
const LOOK_MS = 20;
/** What Penstock sends for the statement of the benchmark. */
const BODY = {
  statement: 'SELECT 1 -- mark:x quick',
  warehouse_id: '4f1c2b3a9d8e7f60',
  query_tags: [{ key: 'penstock_run', value: 'run_0mwr1kgrxx71o0o4c90m1' }],
  wait_timeout: '0s',
};

/** Starts a bare BullMQ worker; `empty` is B0, `post` is B1. */
export function startBare(machine: Machine, system: System, kind: 'empty' | 'post', concurrency: number): Started {
  const file = join(import.meta.dirname, 'baseline.ts');
  return machine.start(process.execPath, [file, kind, system.redisUrl, String(concurrency), system.upstream.url]);
}

export function openBareQueue(system: System): Queue {
  return new Queue('baseline', { connection: { url: system.redisUrl } });
}

export function bareBody(mark: string): object {
  return { ...BODY, statement: `SELECT 1 -- mark:${mark} quick` };
}

/** Jobs per second of a bare worker that finds them all waiting. */
export async function bareRate(
  machine: Machine,
  system: System,
  of: { kind: 'empty' | 'post'; count: number; concurrency: number; workers?: number },
): Promise<number> {
  const { kind, count, concurrency, workers = 1 } = of;
  const queue = openBareQueue(system);
  for (let i = 0; i < count; i += BATCH) {
    const size = Math.min(BATCH, count - i);
    await queue.addBulk(Array.from({ length: size }, () => ({ name: 'x', data: BODY })));
  }
  await system.upstream.set({});
  const started = Array.from({ length: workers }, () => startBare(machine, system, kind, concurrency));
  let begin = 0;
  let left = count;
  for (; left > 0; await sleep(LOOK_MS)) {
    left = (await queue.getWaitingCount()) + (await queue.getActiveCount());
    if (begin === 0 && left < count) begin = performance.now();
  }
  const end = performance.now();
  const seen = await system.upstream.seen();
  await Promise.all(started.map((worker) => worker.stop('SIGKILL')));
  await queue.obliterate({ force: true });
  await queue.close();
  return kind === 'empty' ? count / ((end - begin) / 1000) : rateOf(seen);
}

/** Requests per second between the first and the last that the service saw. */
export function rateOf({ count, first = 0, last = 0 }: { count: number; first?: number; last?: number }): number {
  return (count - 1) / ((last - first) / 1000);
}
