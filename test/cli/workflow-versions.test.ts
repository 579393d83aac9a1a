import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { openCli, type TestCli } from './cli.ts';

const say = (text: string, more: object[] = []) => ({
  name: 'say',
  trigger: { id: 'core.manual' },
  steps: [{ id: 'say', action: 'core.transform', input: { value: `{{ "${text} " & trigger.name }}` } }, ...more],
});

test('keeps a draft, tests a step of it, publishes it, and brings the first version back', async () => {
  const cli = await openCli();
  await cli.penstock(['workflows', 'create', await file(cli, say('hello'))]);

  const kept = await cli.penstock(['workflows', 'update', 'say', await file(cli, say('bye')), '--draft']);
  const tested = await cli.penstock([
    'workflows',
    'test-step',
    'say',
    'say',
    '--draft',
    '--trigger',
    '{"name": "ada"}',
  ]);
  const shown = await cli.penstock(['workflows', 'draft', 'say']);
  const run = await cli.penstock(['workflows', 'run', 'say', '--draft', '--input', '{"name": "bob"}', '--wait']);
  const published = await cli.penstock(['workflows', 'publish', 'say', '--draft']);
  const listed = await cli.penstock(['workflows', 'versions', 'say']);
  const back = await cli.penstock(['workflows', 'publish', 'say', '1']);
  const wrong = await cli.penstock(['workflows', 'publish', 'say', 'one']);

  expect(kept.out).toBe('Saved the draft. Publish it with: npx penstock workflows publish say --draft\n');
  expect(JSON.parse(shown.out)).toEqual(say('bye'));
  expect(JSON.parse(run.out)).toEqual({ value: 'bye bob' });
  expect(JSON.parse(tested.out)).toEqual({ value: 'bye ada' });
  expect(listed.out).toMatch(/^VERSION +STATUS +NAME\n2 +published +say\n1 +earlier +say\n$/);
  expect(published.out).toBe('Published version 2 of say.\n');
  expect(back.out).toBe('say runs version 1.\n');
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('the version is "one"') });
});

test('decides about a run that waits for a person', async () => {
  const cli = await openCli();
  const ask = { id: 'ask', action: 'core.approve', input: {} };
  await cli.penstock(['workflows', 'create', await file(cli, say('hello', [ask]))]);
  const made = await cli.penstock(['workflows', 'run', 'say', '--input', '{"name": "ada"}', '--json']);
  const { id } = JSON.parse(made.out);
  await until('the run waits', async () => {
    const run = JSON.parse((await cli.penstock(['runs', 'show', id, '--json'])).out);
    return run.steps.some((step: { step: string; status: string }) => step.step === 'ask' && step.status === 'waiting');
  });

  const shown = await cli.penstock(['runs', 'show', id]);
  const listed = await cli.penstock(['runs']);
  const denied = await cli.penstock(['runs', 'deny', id, '--comment', 'not today']);
  const tail = await cli.penstock(['runs', 'tail', id]);
  const again = await cli.penstock(['runs', 'approve', id]);

  expect(shown.out).toMatch(/\nSTEP +STATUS +TOOK +RUN +ERROR\nsay +succeeded .*\nask +waiting for approval /);
  expect(shown.out).toMatch(/\nstatus +waiting for approval\n/);
  expect(listed.out).toMatch(new RegExp(`${id} +waiting for approval +say `));
  expect(denied.out).toBe('ask is denied.\n');
  expect(tail).toMatchObject({ code: 1, err: expect.stringContaining('not today') });
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('ERR_CONFLICT') });
});

test('shows how a trigger is doing, pauses it, counts what a rewind would repeat, and delivers a range again', async () => {
  const cli = await openCli();
  await cli.run('databricks.execute_statement', {
    statement: 'CREATE TABLE main.default.orders AS SELECT * FROM VALUES (1L), (2L), (3L) AS t(id)',
  });
  const column = { cursor_column: 'id', cursor_type: 'BIGINT', key_column: 'id', key_type: 'BIGINT' };
  const input = { table: 'main.default.orders', ...column, every_seconds: 3600 };
  const definition = {
    name: 'orders',
    trigger: { id: 'databricks.incremental_sync', linked_account: 'demo', input },
    steps: [{ id: 'file', action: 'core.file', input: { path: 'orders.ndjson', rows: '{{ trigger.events }}' } }],
  };
  await cli.penstock(['workflows', 'create', await file(cli, definition)]);
  await cli.penstock(['workflows', 'run', 'orders']);
  const said = (argv: string[], text: RegExp) =>
    until(`${argv.join(' ')} says ${text}`, async () => text.test((await cli.penstock(argv)).out));
  await said(['cursor', 'show', 'orders'], /^events +3$/m);

  const rewind = await cli.penstock(['cursor', 'preview', 'orders', '--value', '1']);
  const reset = await cli.penstock(['cursor', 'preview', 'orders']);
  const paused = await cli.penstock(['workflows', 'pause', 'orders', '--reason', 'the endpoint is being moved']);
  const resumed = await cli.penstock(['workflows', 'resume', 'orders']);
  const begun = await cli.penstock(['workflows', 'backfill', 'orders', '--until', '2']);
  await said(['workflows', 'backfills', 'orders'], /rng_\w+ +done +the first +2 +2 /);

  expect(rewind.out).toBe('2 events would be delivered again. Nothing was moved.\n');
  expect(reset.out).toBe('3 events would be delivered again. Nothing was moved.\n');
  expect(paused.out).toMatch(/^state +paused\n/);
  expect(paused.out).toMatch(/^paused +by cli: the endpoint is being moved$/m);
  expect(resumed.out).toMatch(/^state +ok\n/);
  expect(begun.out).toContain('Follow it with: npx penstock workflows backfills orders');
  expect((await cli.penstock(['workflows', 'health', 'orders'])).out).toMatch(/^last_success_at +20/m);
});

async function file(cli: TestCli, definition: object): Promise<string> {
  const at = join(cli.ctx.config.dataFolder, 'workflow.json');
  await writeFile(at, JSON.stringify(definition));
  return at;
}
