import { bareBody, openBareQueue, startBare } from '../bare.ts';
import { type Figure, scaled } from '../figure.ts';
import { percentile, show } from '../numbers.ts';
import { sleep } from '../processes.ts';
import { openSystem, type System, statement } from '../system.ts';

const PER_SECOND = 10;

/** From the answer to a POST (or to adding a job) to the request at the service, one at a time. */
export const latency: Figure = {
  name: 'latency',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    const count = scaled(300, scale, 20);
    const worker = await system.worker(50);
    await times(system, 10, (mark) => system.client.send('POST', '/v1/runs', statement(system.accounts[0]!, mark)));
    const ours = await times(system, count, (mark) =>
      system.client.send('POST', '/v1/runs', statement(system.accounts[0]!, mark)),
    );
    await worker.stop();
    const bare = startBare(machine, system, 'post', 50);
    const queue = openBareQueue(system);
    await times(system, 10, (mark) => queue.add('x', bareBody(mark)));
    const theirs = await times(system, count, (mark) => queue.add('x', bareBody(mark)));
    await bare.stop('SIGKILL');
    await queue.close();
    await system.close();
    const [p50, bare50] = [percentile(ours, 50), percentile(theirs, 50)];
    return [
      {
        figure: `accepted to request at the service, ${PER_SECOND} per second, p50 / p99`,
        aim: 'p50 within 2 ms of B1',
        penstock: `${show(p50)} / ${show(percentile(ours, 99), 'ms')}`,
        baseline: `B1 ${show(bare50)} / ${show(percentile(theirs, 99), 'ms')}`,
        ratio: p50 / bare50,
        isMet: p50 - bare50 <= 2,
      },
    ];
  },
};

/** Milliseconds from the end of `submit` to the hit with its mark. */
async function times(system: System, count: number, submit: (mark: string) => Promise<unknown>): Promise<number[]> {
  await system.upstream.set({});
  const accepted = new Map<string, number>();
  for (let i = 0; i < count; i += 1) {
    const mark = `m${i}`;
    await submit(mark);
    accepted.set(mark, performance.timeOrigin + performance.now());
    await sleep(1000 / PER_SECOND);
  }
  const { hits = [] } = await system.upstream.seen();
  return hits.flatMap(([at, mark]) => (accepted.has(mark) ? [Math.max(0, at - accepted.get(mark)!)] : []));
}
