import { expect, test } from 'vitest';
import { lockReplay } from '../../engine/replay/replay-lock.ts';
import { openApiWorkspace } from './workspace.ts';

const WAIT = { prefer: 'wait=10' };

test('shows what the replay of an action would do, and makes it with the confirm that it gave, once', async () => {
  const { send, run } = await openFailing();
  const id = await run();
  const at = `/v1/runs/${id}/replay`;

  const dry = await send('POST', at, { body: { dry_run: true } });
  const { confirm } = dry.body;
  const made = await send('POST', at, { body: { confirm }, headers: WAIT });
  const again = await send('POST', at, { body: { confirm } });
  const late = (await send('POST', at, { body: { dry_run: true } })).body;

  expect(dry).toMatchObject({
    status: 200,
    body: {
      run: id,
      action: 'databricks.execute_statement',
      steps: [
        {
          action: 'databricks.execute_statement',
          what: 'again',
          effect: 'once',
          repeats: 1,
          last_launch: { outcome: 'failed' },
        },
      ],
      repeats: 1,
    },
  });
  expect(dry.body).not.toHaveProperty('replayed_by');
  expect(made).toMatchObject({ status: 200, body: { replay_of: id, status: 'failed' } });
  expect(again).toMatchObject({ status: 202, body: { id: made.body.id } });
  expect(late).toMatchObject({ replayed_by: made.body.id });
  expect(late.confirm).not.toBe(confirm);
});

test('names where an edited input differs, and refuses one that the action does not take', async () => {
  const { send, run } = await openFailing();
  const at = `/v1/runs/${await run()}/replay`;

  const edited = await send('POST', at, { body: { dry_run: true, input: { statement: 'SELECT 1' } } });
  const wrong = await send('POST', at, { body: { dry_run: true, input: { statement: 7 } } });
  const steps = await send('POST', at, { body: { dry_run: true, from: 'failed' } });

  expect(edited.body.input.changes).toContainEqual({ pointer: '/statement', change: 'changed' });
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/input/statement' }] } });
  expect(steps).toMatchObject({ status: 400, body: { errors: [{ pointer: '/from' }] } });
});

test('refuses a confirm of another run, one that is none, and both fields at once', async () => {
  const { send, run } = await openFailing();
  const [one, two] = [await run(), await run()];
  const { confirm } = (await send('POST', `/v1/runs/${one}/replay`, { body: { dry_run: true } })).body;

  const other = await send('POST', `/v1/runs/${two}/replay`, { body: { confirm } });
  const none = await send('POST', `/v1/runs/${two}/replay`, { body: { confirm: 'x' } });
  const both = await send('POST', `/v1/runs/${one}/replay`, { body: { dry_run: true, confirm } });
  const shown = [await send('GET', `/v1/runs/${one}`), await send('GET', `/v1/runs/${two}`)];

  expect(other).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT', errors: [{ pointer: '/confirm' }] } });
  expect(other.body.detail).toContain('belongs to another run');
  expect(none).toMatchObject({ status: 400, body: { errors: [{ pointer: '/confirm' }] } });
  expect(both).toMatchObject({ status: 400, body: { errors: [{ pointer: '/confirm' }] } });
  for (const { body } of shown) expect(body).not.toHaveProperty('replayed_by');
});

test('refuses a replay, confirmed or not, while another of the same run begins', async () => {
  const { ctx, send, run } = await openFailing();
  const id = await run();
  const at = `/v1/runs/${id}/replay`;
  const { confirm } = (await send('POST', at, { body: { dry_run: true } })).body;
  const beginning = await lockReplay(ctx, id);

  const refused = [await send('POST', at), await send('POST', at, { body: { confirm } })];
  await beginning!.release();
  const made = await send('POST', at);
  const stale = await send('POST', at, { body: { confirm } });

  for (const answer of refused)
    expect(answer).toMatchObject({ status: 409, body: { detail: `run "${id}" is being replayed by another request` } });
  expect(made).toMatchObject({ status: 202, body: { replay_of: id } });
  expect(stale).toMatchObject({ status: 409, body: { errors: [{ pointer: '/confirm' }] } });
});

test('shows nothing of another tenant, and nothing to a viewer', async () => {
  const { send, run, keyOf } = await openFailing();
  const at = `/v1/runs/${await run()}/replay`;
  const body = { dry_run: true };

  const foreign = await send('POST', at, { body, key: await keyOf('admin', 'other') });
  const viewer = await send('POST', at, { body, key: await keyOf('viewer') });
  const nobody = await send('POST', at, { body, key: null });

  expect([foreign.status, viewer.status, nobody.status]).toEqual([404, 403, 401]);
});

test('a bulk dry run counts the runs that could not be replayed, and why', async () => {
  const { send, run } = await openFailing();
  await run();
  await run();
  const body = { filter: { code: 'ERR_REMOTE_FAILED' } };

  const before = (await send('POST', '/v1/runs/replay', { body })).body;
  await send('DELETE', '/v1/linked_accounts/demo');
  const after = (await send('POST', '/v1/runs/replay', { body })).body;

  expect(before.refused).toEqual({ count: 0, reasons: [] });
  expect(before.effects.token + before.effects.once).toBe(2);
  expect(after.refused).toMatchObject({ count: 2, reasons: [{ code: 'ERR_NOT_FOUND', count: 2 }] });
  // A deleted account never comes back, so neither happens again.
  expect(after.effects).toEqual({ safe: 0, idempotent: 0, token: 0, once: 0 });
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
      return (await workspace.send('POST', '/v1/runs', { body, headers: WAIT })).body.id;
    },
  };
}
