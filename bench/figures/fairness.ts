import { type Figure, scaled } from '../figure.ts';
import { percentile, show } from '../numbers.ts';
import { sleep } from '../processes.ts';
import { openSystem, post, repeat, type System, statement } from '../system.ts';

const BURST = 10;
/** A service that answers at once would make the wait of an idle system a fraction of a millisecond. */
const DELAY_MS = 20;

/** Ten runs of one account beside ten thousand of another: how long each waits for its request, against an idle system. */
export const fairness: Figure = {
  name: 'fairness',
  async measure(machine, scale) {
    const bursts = scaled(20, scale, 3);
    const system = await openSystem(machine, 2 + 2 * bursts);
    const [big, warm, ...small] = system.accounts as [string, string, ...string[]];
    await system.upstream.set({ delayMs: DELAY_MS });
    const worker = await system.worker(50);
    await burst(system, warm, 'warm');
    const idle: number[] = [];
    for (let i = 0; i < bursts; i += 1) idle.push(...(await burst(system, small[i]!, `i${i}`)));
    const beside: number[] = [];
    for (let i = 0; i < bursts; i += 1) {
      // Refilled, so that each burst stands beside the same number.
      const missing = scaled(10_000, scale, 400) - (i === 0 ? 0 : await open(system));
      if (i % 4 === 0)
        await post(
          system.client,
          repeat(missing, () => statement(big)),
        );
      beside.push(...(await burst(system, small[bursts + i]!, `b${i}`)));
    }
    await worker.stop('SIGKILL');
    await system.close();
    const [alone, among] = [percentile(idle, 95), percentile(beside, 95)];
    return [
      {
        figure: `a ${BURST}-run account beside a 10,000-run account, service at ${DELAY_MS} ms: p95 from POST to request`,
        aim: 'at most 3 x an idle system',
        penstock: show(among, 'ms'),
        baseline: `idle ${show(alone, 'ms')}`,
        ratio: among / alone,
        isMet: among / alone <= 3,
      },
    ];
  },
};

/** Posts a burst of one account and gives each run's wait for its request. */
async function burst(system: System, account: string, name: string): Promise<number[]> {
  await system.upstream.set({});
  const posted = new Map<string, number>();
  await Promise.all(
    Array.from({ length: BURST }, async (_, i) => {
      const mark = `${name}-${i}`;
      posted.set(mark, performance.timeOrigin + performance.now());
      await system.client.send('POST', '/v1/runs', statement(account, mark));
    }),
  );
  for (;;) {
    const { hits = [] } = await system.upstream.seen();
    const found = hits.filter(([, mark]) => posted.has(mark));
    if (found.length === BURST) {
      return found.map(([at, mark]) => at - posted.get(mark)!);
    }
    await sleep(10);
  }
}

async function open(system: System): Promise<number> {
  const { body } = await system.client.send('GET', '/metrics');
  return Number(/^penstock_runs_open (\d+)/m.exec(body)?.[1] ?? 0);
}
