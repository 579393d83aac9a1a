import { expect, test } from 'vitest';
import { openApiWorkspace } from './workspace.ts';

test('lists what a replay of many would do again, and does what was confirmed, once', async () => {
  const { send, run } = await openFailing();
  const runs = [await run(), await run()];
  const body = { filter: { code: 'ERR_REMOTE_FAILED' } };

  const dry = (await send('POST', '/v1/runs/replay', { body })).body;
  const made = await send('POST', '/v1/runs/replay', { body: { ...body, confirm: dry.confirm } });
  const stale = await send('POST', '/v1/runs/replay', { body: { ...body, confirm: dry.confirm } });

  expect(dry).toMatchObject({
    runs: runs.map((id) => ({ run: id, repeated: [{ action: 'databricks.execute_statement', effect: 'once' }] })),
    effects: { safe: 0, idempotent: 0, token: 0, once: 2 },
    is_cut: false,
  });
  expect(made.status).toBe(202);
  expect(made.body.replayed.map((each: { run: string }) => each.run)).toEqual(runs);
  expect(stale).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
  const { items } = (await send('GET', '/v1/audit')).body;
  const audited = items.filter(({ action }: { action: string }) => action === 'run.replay');
  expect(audited.map(({ target }: { target: { id: string } }) => target.id).sort()).toEqual([...runs].sort());
});

test('never replays everything there is because a filter was forgotten', async () => {
  const { send } = await openFailing();

  const none = await send('POST', '/v1/runs/replay', { body: {} });
  const empty = await send('POST', '/v1/runs/replay', { body: { filter: {} } });

  expect([none.status, empty.status]).toEqual([400, 400]);
});

async function openFailing() {
  const workspace = await openApiWorkspace();
  return {
    ...workspace,
    async run(): Promise<string> {
      const body = {
        action: 'databricks.execute_statement',
        linked_account: 'demo',
        input: { statement: 'SELECT * FROM main.default.missing' },
      };
      return (await workspace.send('POST', '/v1/runs', { body, headers: { prefer: 'wait=10' } })).body.id;
    },
  };
}
