import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { actionOf, callOf, openBench, runToEnd } from '../../../actions/harness.ts';

interface Run {
  run_id: number;
  start_time: number;
  end_time: number;
}

/** `jobs/runs/list` as the service has it: newest start first, pages of at most 25. */
async function listRunsOf(runs: Run[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url!, 'http://x').searchParams;
    asked.push(request.url!);
    const from = Number(query.get('page_token') ?? 0);
    const size = Number(query.get('limit') ?? 20);
    const found = runs
      .filter(({ end_time }) => (query.get('active_only') === 'true') === (end_time === 0))
      .filter(({ start_time }) => start_time >= Number(query.get('start_time_from') ?? 0))
      .filter(({ start_time }) => start_time <= Number(query.get('start_time_to') ?? Number.MAX_SAFE_INTEGER))
      .toSorted((a, b) => b.start_time - a.start_time);
    const more = from + size < found.length ? { next_page_token: String(from + size) } : {};
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ runs: found.slice(from, from + size), ...more }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('lists ended and active runs, and finds the watched ones that are far down the list', async () => {
  const recent = Array.from({ length: 60 }, (_, i) => ({ run_id: 100 + i, start_time: 10_000 + i, end_time: 20_000 }));
  const service = await listRunsOf([
    { run_id: 1, start_time: 5, end_time: 30_000 },
    { run_id: 2, start_time: 5, end_time: 6 },
    { run_id: 3, start_time: 7, end_time: 0 },
    ...recent,
  ]);
  const action = await actionOf('databricks.list_ended_runs');
  const watch = [
    { run_id: '1', start_time: 5 },
    { run_id: '3', start_time: 7 },
    { run_id: '4', start_time: 8 },
  ];

  const { output } = await runToEnd(action, callOf(action, { start_time_from: 9_000, watch }), openBench(service));

  const { runs, active } = output as { runs: { run_id: string }[]; active: unknown };
  expect(runs).toHaveLength(61);
  expect(runs.map(({ run_id }) => run_id)).toContain('1');
  expect(runs.map(({ run_id }) => run_id)).not.toContain('2');
  expect(active).toEqual([{ run_id: '3', start_time: 7 }]);
});
