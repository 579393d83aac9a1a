import { expect, test } from 'vitest';
import { openCli, type TestCli } from './cli.ts';

const sync = (name: string) => ({
  name,
  trigger: { id: 'core.manual' },
  steps: [
    { id: 'ask', action: 'databricks.execute_statement', linked_account: 'demo', input: { statement: 'SELECT 1' } },
  ],
});

test('accounts delete names the workflows that would fail, and deletes nothing without a yes', async () => {
  const cli = await openCli();
  await create(cli, sync('nightly'));

  const asked = await cli.penstock(['accounts', 'delete', 'demo']);
  const no = await cli.penstock(['accounts', 'delete', 'demo'], { isTerminal: true, stdin: 'n\n' });
  const still = await cli.penstock(['accounts', 'show', 'demo']);
  const yes = await cli.penstock(['accounts', 'delete', 'demo'], { isTerminal: true, stdin: 'y\n' });

  expect(asked).toMatchObject({
    code: 2,
    err: expect.stringContaining('Workflows that use the account will fail: nightly.'),
  });
  expect(asked.err).toContain('--yes');
  expect(no).toMatchObject({ code: 2, err: expect.stringContaining('nothing was changed') });
  expect(still.code).toBe(0);
  expect(yes.out).toBe('Deleted demo.\n');
});

test('workflows delete names open runs, the URL and the workflows that run it', async () => {
  const cli = await openCli();
  const approve = { id: 'ask', action: 'core.approve', input: {} };
  await create(cli, { name: 'inner', trigger: { id: 'core.incoming_webhook' }, steps: [approve] });
  const outer = { id: 'run', action: 'core.run_workflow', input: { workflow: 'inner' } };
  await create(cli, { name: 'outer', trigger: { id: 'core.manual' }, steps: [outer] });
  await cli.penstock(['workflows', 'run', 'inner']);

  const { code, err } = await cli.penstock(['workflows', 'delete', 'inner']);

  expect(code).toBe(2);
  expect(err).toContain('The next step of 1 unfinished run will fail');
  expect(err).toContain('Its URL for incoming webhooks stops working.');
  expect(err).toContain('Workflows that run it as a step will fail: outer.');
  expect((await cli.penstock(['workflows', 'delete', 'inner', '--yes'])).out).toBe('Deleted inner.\n');
});

async function create(cli: TestCli, workflow: object): Promise<void> {
  const { code, err } = await cli.penstock(['workflows', 'create', '-'], { stdin: JSON.stringify(workflow) });
  expect({ code, err }).toMatchObject({ code: 0 });
}
