import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { openCli, type TestCli } from './cli.ts';

const MISSING = 'SELECT * FROM main.default.late';

test('a run that failed for want of a table succeeds when it is replayed after the table came', async () => {
  const cli = await openCli();
  const failed = await runSql(cli, MISSING);
  await runSql(cli, 'CREATE TABLE main.default.late AS SELECT 7 AS answer');

  const { code, out } = await cli.penstock(['runs', 'replay', failed, '--wait']);

  expect(code).toBe(0);
  expect(out).toBe('answer\n7\n');
});

test('replays with another input', async () => {
  const cli = await openCli();
  const failed = await runSql(cli, MISSING);
  const input = JSON.stringify({ warehouse_id: cli.emulator.warehouseId, statement: 'SELECT 8 AS answer' });

  const { out } = await cli.penstock(['runs', 'replay', failed, '--wait', '--input', input]);

  expect(out).toBe('answer\n8\n');
});

test('lists by status and shows the error code', async () => {
  const cli = await openCli();
  const failed = await runSql(cli, MISSING);
  const succeeded = await runSql(cli, 'SELECT 1');

  const { out } = await cli.penstock(['runs', '--status', 'failed']);

  expect(out).toMatch(/^ID +STATUS +WHAT +CREATED +TOOK +ERROR\n/);
  expect(out).toMatch(new RegExp(`${failed} +failed +databricks.execute_statement .* ERR_REMOTE_FAILED`));
  expect(out).not.toContain(succeeded);
});

test('continues where a list ended', async () => {
  const cli = await openCli();
  const [first, second] = [await runSql(cli, 'SELECT 1'), await runSql(cli, 'SELECT 2')];

  const { out } = await cli.penstock(['runs', '--limit', '1']);
  const cursor = /--cursor (\S+)/.exec(out)![1]!;
  const next = await cli.penstock(['runs', '--limit', '1', '--cursor', cursor]);

  expect(out).toContain(second);
  expect(next.out).toContain(first);
});

test('shows one run with its launch and the whole error', async () => {
  const cli = await openCli();
  const failed = await runSql(cli, MISSING);

  const { out } = await cli.penstock(['runs', 'show', failed]);

  expect(out).toMatch(/^id +run_/);
  expect(out).toContain('"handle":{"statement_id":');
  expect(out).toContain('TABLE_OR_VIEW_NOT_FOUND');
});

test('follows a run to its end', async () => {
  const cli = await openCli();
  const { out } = await cli.penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--json',
    '--input',
    sql(cli, 'SELECT 5 AS five'),
  ]);

  const followed = await cli.penstock(['runs', 'tail', JSON.parse(out).id]);

  expect(followed.code).toBe(0);
  expect(followed.out).toBe('five\n5\n');
  expect(followed.err).toMatch(/Z {2}succeeded\n/);
});

test('writes the output of a run as one JSON value', async () => {
  const cli = await openCli();
  const run = await runSql(cli, 'SELECT 5 AS five');

  const { out } = await cli.penstock(['runs', 'output', run]);

  expect(JSON.parse(out)).toMatchObject({ state: 'SUCCEEDED', rows: [{ five: 5 }] });
});

test('a cancel of a waiting run ends it at the service', async () => {
  const cli = await openCli({ emulator: { samples: 'none', transitionMs: 60_000 } });
  await cli.penstock([
    'run',
    'databricks.stop_warehouse',
    '--account',
    'demo',
    '--wait',
    '--input',
    JSON.stringify({ id: cli.emulator.warehouseId }),
  ]);
  const { out } = await cli.penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--json',
    '--input',
    sql(cli, 'SELECT 1'),
  ]);
  const { id } = JSON.parse(out);

  const canceled = await cli.penstock(['runs', 'cancel', id]);
  const { code, err } = await cli.penstock(['runs', 'tail', id]);

  expect(canceled.code).toBe(0);
  expect(err).toContain('canceled');
  expect(code).toBe(1);
});

function sql({ emulator }: TestCli, statement: string): string {
  return JSON.stringify({ warehouse_id: emulator.warehouseId, statement });
}

/** Runs a statement to its end and gives the run's id. */
async function runSql(cli: TestCli, statement: string): Promise<string> {
  const { out } = await cli.penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--wait',
    '--json',
    '--input',
    sql(cli, statement),
  ]);
  return JSON.parse(out).id;
}

test('counts runs over time', async () => {
  const cli = await openCli();
  await runSql(cli, MISSING);
  await runSql(cli, 'SELECT 1');

  const { out } = await cli.penstock(['runs', 'counts', '--per', 'day']);
  const json = JSON.parse((await cli.penstock(['runs', 'counts', '--by', 'code', '--json'])).out);

  expect(out).toMatch(/^FROM +RUNS +(failed +succeeded|succeeded +failed)\n\S+ \S+ +2 +1 +1\n$/);
  expect(json).toMatchObject({ by: 'code', total: 2, counts: { ERR_REMOTE_FAILED: 1 } });
});

test('follows the list of runs until it is stopped', async () => {
  const cli = await openCli();
  const gone = new AbortController();
  let seen = '';
  const watching = cli.penstock(['runs', 'watch', '--status', 'failed'], {
    signal: gone.signal,
    onText(text) {
      seen += text;
    },
  });
  const channel = cli.ctx.keys.changes('default');
  await until('it listens', async () => ((await cli.ctx.redis.pubsub('NUMSUB', channel)) as [string, number])[1] > 0);

  const failed = await runSql(cli, MISSING);
  const succeeded = await runSql(cli, 'SELECT 1');
  const marked = await runSql(cli, MISSING);
  await until('all is read', () => seen.includes(marked));
  gone.abort();
  const { out } = await watching;

  expect(out).toMatch(new RegExp(`${failed}  failed  databricks.execute_statement  ERR_REMOTE_FAILED`));
  expect(out).not.toContain(succeeded);
});
