import { expect, test } from 'vitest';
import { openCli } from './cli.ts';

test('describe shows the options of a run beside the input', async () => {
  const cli = await openCli();

  const { out } = await cli.penstock(['describe', 'databricks.run_job']);

  expect(out).toMatch(/Run options .*\n.*FIELD.*\n[\s\S]*wait_for_completion +boolean/);
});

test('an option among the fields of the input is said to be an option, in a run and in a workflow', async () => {
  const cli = await openCli();
  const input = { statement: 'SELECT 1', wait_for_completion: true };
  const steps = [{ id: 'a', action: 'databricks.execute_statement', linked_account: 'demo', input }];
  const workflow = { name: 'options', trigger: { id: 'core.manual' }, steps };

  const run = await cli.penstock([
    ...['run', 'databricks.execute_statement', '--account', 'demo', '--input', JSON.stringify(input)],
  ]);
  const saved = await cli.penstock(['workflows', 'create', '-'], { stdin: JSON.stringify(workflow) });

  for (const { err } of [run, saved]) {
    expect(err).toContain('"wait_for_completion" is a run option, not a field of the input');
    expect(err).toContain('--option wait_for_completion=VALUE');
    expect(err).not.toContain('is not a field');
  }
});

test('the list and describe tell which actions are destructive', async () => {
  const cli = await openCli();

  const list = await cli.penstock(['actions', '--search', 'a job']);
  const one = await cli.penstock(['describe', 'databricks.delete_job']);

  expect(list.out).toMatch(/databricks\.delete_job +Delete Job +idempotent, destructive\n/);
  expect(list.out).toMatch(/databricks\.create_job +Create Job +once\n/);
  expect(one.out).toContain('Effect: idempotent, destructive\n');
});

test('describe shows the events of a trigger, by mode', async () => {
  const cli = await openCli();

  const { out } = await cli.penstock(['describe', 'databricks.incremental_sync']);

  expect(out).toMatch(/Event if source is table or query\n[\s\S]*Event if source is change_feed\n[\s\S]*"change_type"/);
});
