import { rateOf } from '../bare.ts';
import { type Figure, scaled } from '../figure.ts';
import { median, show } from '../numbers.ts';
import { openSystem, type System, statement } from '../system.ts';
import { ourRate } from './throughput.ts';

const RUNS = 1000;
const STEPS = 5;
const CONCURRENCY = 50;
/** One after the other, for what a person waits. */
const PROBES = 50;
const LOOPS = 64;

/** Workflow runs of five steps beside as many single runs of the same action, service at 0 ms. */
export const steps: Figure = {
  name: 'steps',
  async measure(machine, scale) {
    const system = await openSystem(machine);
    const workflow = await createWorkflow(system);
    const runs = scaled(RUNS, scale);
    const together: number[] = [];
    const single: number[] = [];
    for (let i = 0; i < scale.pairs; i += 1) {
      together.push(await stepRate(system, workflow, runs));
      single.push(await ourRate(system, { count: runs * STEPS, concurrency: CONCURRENCY }));
    }
    const worker = await system.worker(CONCURRENCY);
    const probes = scaled(PROBES, scale, 10);
    const whole = await waits(probes, () => start(system, workflow, { prefer: 'wait=30' }));
    const one = await waits(probes, () =>
      system.client.send('POST', '/v1/runs', statement(system.accounts[0]!), { prefer: 'wait=30' }),
    );
    await worker.stop();
    await system.close();
    const [ours, theirs] = [median(together), median(single)];
    const ratio = median(together.map((rate, i) => rate / single[i]!));
    return [
      {
        figure: `steps per second of ${runs} workflow runs of ${STEPS} steps, concurrency ${CONCURRENCY}`,
        aim: 'reported',
        penstock: show(ours, '/s'),
        baseline: `single runs ${show(theirs, '/s')}`,
        ratio,
        isMet: undefined,
      },
      {
        figure: 'overhead per step: time of a step less that of a single run, worker busy',
        aim: 'reported',
        penstock: show(1000 / ours - 1000 / theirs, 'ms'),
        baseline: `single run ${show(1000 / theirs, 'ms')}`,
        ratio: undefined,
        isMet: undefined,
      },
      {
        figure: `from POST to the end of one workflow run of ${STEPS} steps, per step; nothing else running, p50`,
        aim: 'reported',
        penstock: show(median(whole) / STEPS, 'ms'),
        baseline: `single run ${show(median(one), 'ms')}`,
        ratio: median(whole) / STEPS / median(one),
        isMet: undefined,
      },
    ];
  },
};

async function createWorkflow({ client, accounts }: System): Promise<string> {
  const { action, linked_account, input } = statement(accounts[0]!) as Record<string, unknown>;
  const made = await client.send('POST', '/v1/workflows', {
    name: 'five-steps',
    enabled: true,
    trigger: { id: 'core.manual' },
    steps: Array.from({ length: STEPS }, (_, i) => ({ id: `step_${i}`, action, linked_account, input })),
  });
  if (made.status !== 201) throw new Error(`the workflow was refused: ${made.status} ${made.body}`);
  return JSON.parse(made.body).id;
}

/** Steps per second of a worker that finds all workflow runs waiting. */
async function stepRate(system: System, workflow: string, runs: number): Promise<number> {
  let left = runs;
  await Promise.all(
    Array.from({ length: LOOPS }, async () => {
      while (left-- > 0) await start(system, workflow);
    }),
  );
  await system.upstream.set({});
  const worker = await system.worker(CONCURRENCY);
  await system.finished();
  const seen = await system.upstream.seen();
  await worker.stop();
  if (seen.count !== runs * STEPS) throw new Error(`${seen.count} steps were run of ${runs * STEPS}`);
  return rateOf(seen);
}

async function start({ client }: System, workflow: string, headers?: Record<string, string>) {
  const reply = await client.send('POST', `/v1/workflows/${workflow}/run`, {}, headers);
  if (reply.status >= 300) throw new Error(`a workflow was not run: ${reply.status} ${reply.body}`);
  return reply;
}

async function waits(count: number, work: () => Promise<{ status: number }>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const begin = performance.now();
    const { status } = await work();
    if (status !== 200) throw new Error(`a run did not end: ${status}`);
    times.push(performance.now() - begin);
  }
  return times;
}
