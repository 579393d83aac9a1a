import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { openApiWorkspace } from './workspace.ts';

test('lists what a replay of many would do again, and does what was confirmed, once', async () => {
  const { send, run } = await openFailing();
  const runs = [await run(), await run()];
  const body = { filter: { code: 'ERR_REMOTE_FAILED' } };

  const dry = (await send('POST', '/v1/runs/replay', { body })).body;
  const confirmed = { ...body, confirm: dry.confirm, per_second: 100 };
  const made = await send('POST', '/v1/runs/replay', { body: confirmed });
  const done = await until('all are replayed', async () => {
    const batch = (await send('GET', made.headers.get('location')!)).body;
    return batch.status === 'done' && batch;
  });
  const at = `${made.headers.get('location')!}/results?limit=1`;
  const first = await send('GET', at);
  const second = await send('GET', `${at}&cursor=${first.body.next_cursor}`);
  const strange = await send('GET', `${at}&cursor=x`);
  const late = await send('POST', `/v1/replays/${made.body.id}/cancel`);
  const stale = await send('POST', '/v1/runs/replay', { body: confirmed });

  expect(dry).toMatchObject({
    runs: runs.map((id) => ({ run: id, repeated: [{ action: 'databricks.execute_statement', effect: 'once' }] })),
    effects: { safe: 0, idempotent: 0, token: 0, once: 2 },
    total: 2,
    actions: [{ action: 'databricks.execute_statement', effect: 'once', count: 2 }],
  });
  expect(made).toMatchObject({ status: 202, body: { status: 'running', total: 2, created_by: 'admin key' } });
  expect(done).toMatchObject({ replayed: 2, refused: 0, refusals: [] });
  expect(first.body.items.map(({ run: id }: { run: string }) => id)).toEqual([runs[1]]);
  expect(second.body).toMatchObject({ items: [{ run: runs[0] }], next_cursor: null });
  for (const { run: id, replay } of [...first.body.items, ...second.body.items]) {
    expect((await send('GET', `/v1/runs/${id}`)).body.replayed_by).toBe(replay);
    expect((await send('GET', `/v1/runs/${replay}`)).body.replay_of).toBe(id);
  }
  expect(strange).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor' }] } });
  expect(late.body.status).toBe('done');
  expect(stale).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
  expect((await send('GET', '/v1/replays')).body.items).toMatchObject([{ id: made.body.id, status: 'done' }]);
  const { items } = (await send('GET', '/v1/audit')).body;
  const audited = items.filter(({ action }: { action: string }) => action === 'run.replay');
  expect(audited.map(({ target }: { target: { id: string } }) => target.id).sort()).toEqual([...runs].sort());
});

test('keeps to its rate, begins once for one confirmation, and stops when it is canceled', async () => {
  const { send, run } = await openFailing();
  const runs = [await run(), await run(), await run()];
  const body = { filter: { code: 'ERR_REMOTE_FAILED', to: new Date().toISOString() } };
  const { confirm } = (await send('POST', '/v1/runs/replay', { body })).body;
  const begin = () => send('POST', '/v1/runs/replay', { body: { ...body, confirm, per_second: 1 } });

  const [first, second] = await Promise.all([begin(), begin()]);
  const at = `/v1/replays/${first.body.id}`;
  await until('one is replayed', async () => (await send('GET', at)).body.replayed >= 1);
  const canceled = await send('POST', `${at}/cancel`);

  expect(second.body.id).toBe(first.body.id);
  expect(canceled.body.status).toBe('canceled');
  expect(canceled.body.replayed).toBeLessThan(3);
  expect((await send('GET', `/v1/runs/${runs[2]}`)).body.replayed_by).toBeUndefined();
  expect(await send('GET', '/v1/replays/rpl_other')).toMatchObject({ status: 404 });
});

test('replays the runs that are named and no others', async () => {
  const { send, run } = await openFailing();
  const [first, , third] = [await run(), await run(), await run()];
  const body = { filter: { runs: [third, first, first, 'run_unknown'] } };

  const dry = await send('POST', '/v1/runs/replay', { body });
  const narrowed = await send('POST', '/v1/runs/replay', { body: { filter: { ...body.filter, status: 'succeeded' } } });
  const many = Array.from({ length: 501 }, (_, i) => `run_${i}`);
  const tooMany = await send('POST', '/v1/runs/replay', { body: { filter: { runs: many } } });

  expect(dry.body.runs.map(({ run: id }: { run: string }) => id)).toEqual([first, third]);
  expect(narrowed.body.total).toBe(0);
  expect(tooMany).toMatchObject({ status: 400, body: { errors: [{ pointer: '/filter/runs' }] } });
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
