import { expect, test } from 'vitest';
import { openExamples } from './setting.ts';

const FILE = 'nightly-report.json';

/** The example, at a warehouse that has stopped. */
async function openAtNight() {
  const examples = await openExamples({ samples: 'small' });
  const { emulator, run } = examples;
  await run('databricks.stop_warehouse', { id: emulator.warehouseId }, { wait_for_completion: true });
  await examples.create(FILE);
  emulator.requests.clear();
  return {
    ...examples,
    night: () => examples.penstock(['workflows', 'run', 'nightly-report', '--wait']),
    /** Requests that started or stopped the warehouse. */
    switched: () =>
      emulator.requests.list({ method: 'POST', path: /(start|stop)$/ }).map(({ path }) => path.split('/').at(-1)),
  };
}

test('starts the warehouse, posts what it asked, and stops it', async () => {
  const { night, deliveries, switched, warehouseState, sql } = await openAtNight();

  const { code, err } = await night();

  expect({ code, err: err.match(/error.*/)?.[0] }).toEqual({ code: 0, err: undefined });
  expect(switched()).toEqual(['start', 'stop']);
  expect(await warehouseState()).toBe('STOPPED');
  expect(deliveries).toHaveLength(1);
  const [{ path, body, warehouse }] = deliveries as [(typeof deliveries)[number]];
  expect([path, warehouse]).toEqual(['/report', 'RUNNING']);
  expect(body.busiest).toEqual(
    await sql(
      'SELECT origin, count(*) AS flights, round(avg(delay), 1) AS delay FROM samples.flights.flights GROUP BY origin ORDER BY flights DESC, origin LIMIT 5',
    ),
  );
});

test('stops the warehouse also when the query fails, posts nothing, and says why', async () => {
  const { night, deliveries, switched, warehouseState, emulator } = await openAtNight();
  emulator.faults.add({
    match: { method: 'POST', path: '^/api/2.0/sql/statements' },
    fault: { status: 400, error_code: 'BAD_REQUEST', message: 'no such table' },
  });

  const { code, err } = await night();

  expect(code).toBe(1);
  expect(err).toContain('No report was posted: ');
  expect(err).toContain('no such table');
  expect(deliveries).toEqual([]);
  expect(switched()).toEqual(['start', 'stop']);
  expect(await warehouseState()).toBe('STOPPED');
});

test('stops the warehouse also when the endpoint refuses the report', async () => {
  const { night, answer, switched, warehouseState } = await openAtNight();
  answer(403);

  const { code, err } = await night();

  expect(code).toBe(1);
  expect(err).toContain('responded 403');
  expect(switched()).toEqual(['start', 'stop']);
  expect(await warehouseState()).toBe('STOPPED');
});
