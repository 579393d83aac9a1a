import { expect, test } from 'vitest';
import { createWorkflow } from '../../engine/workflows/workflows.ts';
import { until } from '../context.ts';
import { openCli, type TestCli } from './cli.ts';

test('says what a replay of many would do, asks, and replays each once, oldest first', async () => {
  const cli = await openCli();
  const failed = [await failOnce(cli), await failOnce(cli)];
  await cli.penstock(['run', 'databricks.query_warehouses', '--account', 'demo', '--wait']);
  const argv = ['runs', 'replay', '--code', 'ERR_REMOTE_FAILED'];

  const dry = await cli.penstock([...argv, '--dry-run']);
  const unasked = await cli.penstock(argv);
  const no = await cli.penstock(argv, { isTerminal: true, stdin: 'n\n' });
  const yes = await cli.penstock(argv, { isTerminal: true, stdin: 'y\n' });
  const again = JSON.parse((await cli.penstock([...argv, '--dry-run', '--json'])).out);
  const listed = JSON.parse((await cli.penstock(['runs', '--json'])).out).items;

  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['RUN', 'REPEATED EFFECTS'],
    ...failed.map((id) => [id, 'databricks.execute_statement (once)']),
    [''],
    ['COUNT', 'ACTION', 'EFFECT'],
    ['2', 'databricks.execute_statement', 'once'],
    ['2 runs; 2 effects would be repeated.'],
    [''],
  ]);
  expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  expect(no).toMatchObject({ code: 2 });
  expect(yes.out).toContain('Replayed 2 of 2 runs;');
  const replays = listed.filter(({ replay_of }: { replay_of?: string }) => replay_of !== undefined).reverse();
  expect(replays.map(({ replay_of }: { replay_of: string }) => replay_of)).toEqual(failed);
  expect(again.runs.map(({ run }: { run: string }) => run).filter((id: string) => failed.includes(id))).toEqual([]);
});

test('counts and replays for machines, and tells of those that were refused', async () => {
  const cli = await openCli();
  const id = await failOnce(cli);
  const argv = ['runs', 'replay', '--action', 'databricks.execute_statement', '--json'];

  const dry = JSON.parse((await cli.penstock([...argv, '--dry-run'])).out);
  await cli.penstock(['accounts', 'delete', 'demo', '--yes']);
  const { code, out } = await cli.penstock([...argv, '--yes']);

  expect(dry).toMatchObject({ runs: [{ run: id }], effects: { once: 1 } });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    status: 'done',
    replayed: 0,
    refused: 1,
    refusals: [{ run: id, code: 'ERR_NOT_FOUND', message: expect.any(String) }],
  });
});

test('continues a replay after Ctrl-C, and cancels it when asked', async () => {
  const cli = await openCli();
  for (let i = 0; i < 3; i++) await failOnce(cli);
  const controller = new AbortController();
  const onText = (text: string) => void (text.includes('of 3 replayed') && controller.abort());
  const argv = ['runs', 'replay', '--code', 'ERR_REMOTE_FAILED', '--rate', '1', '--yes'];

  const left = await cli.penstock(argv, { isTerminal: true, onText, signal: controller.signal });
  const [, id = ''] = /npx penstock replays cancel (rpl_\w+)/.exec(left.err) ?? [];
  const canceled = await cli.penstock(['replays', 'cancel', id]);
  const listed = await cli.penstock(['replays']);

  expect(left.code).toBe(130);
  expect(canceled.out).toMatch(/^Replayed [012] of 3 runs; rpl_\w+ is canceled\./);
  expect(listed.out).toMatch(/rpl_\w+ +canceled +[012] of 3 +0 +20.* cli\n$/);
});

test('shows what the replay of one run would do, and replays it as it was shown', async () => {
  const cli = await openCli();
  const id = await failOnce(cli);

  const dry = await cli.penstock(['runs', 'replay', id, '--dry-run']);
  const [, confirm = ''] = /--confirm (\S+)/.exec(dry.err) ?? [];
  const made = await cli.penstock(['runs', 'replay', id, '--confirm', confirm, '--json']);
  const other = await cli.penstock(['runs', 'replay', await failOnce(cli), '--confirm', confirm]);

  expect(dry.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['STEP', 'WHAT', 'EFFECT', 'REPEATS', 'LAST LAUNCH'],
    ['databricks.execute_statement', 'run again', 'once', '1', expect.stringMatching(/^failed at 20/)],
    [''],
    ['1 effect would be repeated.'],
    [''],
  ]);
  expect(JSON.parse(made.out)).toMatchObject({ replay_of: id });
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('belongs to another run') });
});

test.each([
  [['runs', 'replay', '--code', 'X', '--confirm', 'y'], '--confirm is only for a single run'],
  [['runs', 'replay', 'run_1', '--dry-run', '--confirm', 'y'], 'pass --dry-run or --confirm'],
  [['runs', 'replay'], 'pass a run, or a filter for a bulk replay'],
  [['runs', 'replay', 'run_1', '--code', 'X'], 'pass a run, or a filter for a bulk replay'],
  [['runs', 'replay', '--code', 'X', '--rate', '0'], '--rate is "0"'],
])('%j is refused before anything is sent', async (argv, said) => {
  const { penstock } = await openCli({ worker: false });

  expect(await penstock(argv)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
});

test('names the steps that a workflow has, and that a page was dead-lettered', async () => {
  const cli = await openCli();
  const steps = [
    { id: 'a', action: 'core.transform', input: { value: '{{ trigger.rows }}' } },
    { id: 'b', action: 'core.fail', input: { message: 'no' } },
  ];
  const { emulator, account, ctx } = cli;
  await cli.run('databricks.execute_statement', {
    warehouse_id: emulator.warehouseId,
    statement: 'CREATE TABLE main.default.t AS SELECT 1 AS id',
  });
  const input = { table: 'main.default.t', cursor_column: 'id', cursor_type: 'INT', key_column: 'id' };
  const trigger = { id: 'databricks.incremental_sync', linked_account: account, input, dead_letter_after: 1 };
  const { id } = await createWorkflow(ctx, 'default', { name: 'w', trigger, steps });
  const run = await until('its page is dead-lettered', async () => {
    const { items } = JSON.parse((await cli.penstock(['runs', '--workflow', id, '--json'])).out);
    return items[0]?.dead_letter === true && items[0].id;
  });

  const shown = await cli.penstock(['runs', 'show', run]);
  const wrong = await cli.penstock(['runs', 'replay', run, '--from-step', 'c']);
  await cli.penstock(['run', 'databricks.query_warehouses', '--account', 'demo', '--wait']);
  const listed = JSON.parse((await cli.penstock(['runs', '--dead-letters', '--json'])).out);
  const dry = JSON.parse((await cli.penstock(['runs', 'replay', '--dead-letters', '--dry-run', '--json'])).out);

  expect(shown.out).toMatch(/^dead_letter +the event batch was dead-lettered; replay the run to deliver it$/m);
  expect(listed.items.map((item: { id: string }) => item.id)).toEqual([run]);
  expect(dry.runs.map((item: { run: string }) => item.run)).toEqual([run]);
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('"c" is not a step (allowed: a, b)') });
});

async function failOnce({ penstock, emulator }: TestCli): Promise<string> {
  const input = JSON.stringify({ warehouse_id: emulator.warehouseId, statement: 'SELECT * FROM main.default.missing' });
  const argv = ['run', 'databricks.execute_statement', '--account', 'demo', '--input', input, '--wait', '--json'];
  return JSON.parse((await penstock(argv)).out).id;
}
