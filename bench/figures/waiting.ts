import { type Figure, scaled } from '../figure.ts';
import { percentile, show } from '../numbers.ts';
import { sleep } from '../processes.ts';
import { openSystem, post, repeat, statement } from '../system.ts';

/** Polls are counted over this long, once every statement is begun. */
const WATCH_MS = 10_000;
const PROBES = 100;
const MEGABYTE = 1_000_000;

/** Many statements that keep running, on one worker with few slots, and what a person then waits for. */
export const waiting: Figure = {
  name: 'waiting',
  async measure(machine, scale) {
    const system = await openSystem(machine, 2);
    const count = scaled(10_000, scale);
    await system.upstream.set({ running: true });
    const worker = await system.worker(10);
    await post(
      system.client,
      repeat(count, (i) => slow(system.accounts[0]!, i)),
    );
    while ((await system.upstream.seen()).count < count) await sleep(200);
    const watch = scale.share < 1 ? WATCH_MS / 5 : WATCH_MS;
    const before = (await system.upstream.seen()).polls;
    await sleep(watch);
    const polls = ((await system.upstream.seen()).polls - before) / (watch / 1000);
    const times: number[] = [];
    for (let i = 0; i < scaled(PROBES, scale, 10); i += 1) {
      const begin = performance.now();
      const reply = await system.client.send('POST', '/v1/runs', statement(system.accounts[1]!, `p${i}`), {
        prefer: 'wait=10',
      });
      if (reply.status !== 200) throw new Error(`an interactive run did not end: ${reply.status} ${reply.body}`);
      times.push(performance.now() - begin);
      await sleep(50);
    }
    const resident = worker.residentBytes() / MEGABYTE;
    await system.close();
    const p95 = percentile(times, 95);
    return [
      {
        figure: `${count} waiting statements on one worker of concurrency 10: resident memory of the worker`,
        aim: 'under 300 MB',
        penstock: show(resident, 'MB'),
        baseline: `${show(polls)} polls/s`,
        ratio: undefined,
        isMet: resident < 300,
      },
      {
        figure: 'meanwhile a new interactive run, from its POST to its result, p50 / p95',
        aim: 'p95 under 250 ms',
        penstock: `${show(percentile(times, 50))} / ${show(p95, 'ms')}`,
        baseline: '',
        ratio: undefined,
        isMet: p95 < 250,
      },
    ];
  },
};

function slow(account: string, i: number): object {
  return {
    action: 'databricks.execute_statement',
    linked_account: account,
    input: { statement: `SELECT ${i} -- slow`, warehouse_id: '4f1c2b3a9d8e7f60' },
    options: { timeout_seconds: 3600 },
  };
}
