import { expect, test } from 'vitest';
import { patternOf } from '../../engine/runs/run-cause.ts';
import type { TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const query = (table: string) => ({
  action: 'databricks.execute_statement',
  linked_account: 'demo',
  input: { statement: `SELECT * FROM main.default.${table}` },
});

test('groups failed runs by what differs not, and replays exactly one group', async () => {
  const api = await openApiWorkspace();
  const alone = [await ended(api, query('gone_1')), await ended(api, query('gone_2'))];
  await ended(api, { action: 'core.fail', input: { message: 'no stock' } });
  await ended(api, {
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { statement: 'SELECT 1' },
  });

  const { body } = await api.send('GET', '/v1/runs/causes');
  const [first] = body.items;
  const replay = await api.send('POST', '/v1/runs/replay', { body: { filter: first.replay_filter } });

  expect(body).toMatchObject({
    items: [
      { code: 'ERR_REMOTE_FAILED', action: 'databricks.execute_statement', count: 2, example_run: alone[1] },
      { code: 'ERR_FAILED_ON_PURPOSE', action: 'core.fail', count: 1, linked_accounts: [] },
    ],
    is_complete: true,
  });
  expect(first.linked_accounts).toEqual([{ id: expect.stringMatching(/^la_/), count: 2 }]);
  expect(first.pattern).not.toMatch(/gone|\d/);
  expect(replay.body.runs.map(({ run }: { run: string }) => run)).toEqual(alone);
});

test('finds a workflow run by the step that failed, once, with the place in its error', async () => {
  const api = await openApiWorkspace();
  const workflow = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'broken',
      trigger: { id: 'core.manual' },
      steps: [
        { id: 'fine', action: 'core.file', input: { path: 'a.ndjson', rows: [] } },
        { id: 'late', ...query('gone') },
      ],
    },
  });
  const run = (await api.send('POST', `/v1/workflows/${workflow.body.id}/run`)).body.id;
  const shown = await api.send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });

  const failed = await api.send('GET', '/v1/runs?status=failed');
  const byAction = await api.send('GET', '/v1/runs?action=databricks.execute_statement&code=ERR_REMOTE_FAILED');
  const causes = await api.send('GET', '/v1/runs/causes?linked_account=demo');

  expect(shown.body.error).toMatchObject({
    code: 'ERR_STEP_FAILED',
    step: { id: 'late', run: `${run}.late`, action: 'databricks.execute_statement', code: 'ERR_REMOTE_FAILED' },
  });
  expect(idsOf(failed)).toEqual([run]);
  expect(idsOf(byAction)).toEqual([run]);
  expect(causes.body.items).toMatchObject([
    {
      code: 'ERR_REMOTE_FAILED',
      action: 'databricks.execute_statement',
      example_run: run,
      linked_accounts: [{ count: 1 }],
    },
  ]);
});

test('gives the pointers of a step that could not begin as pointers of the definition', async () => {
  const api = await openApiWorkspace();
  const workflow = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'wrong type',
      trigger: { id: 'core.manual' },
      steps: [{ id: 'file', action: 'core.file', input: { path: '{{ trigger.path }}', rows: [] } }],
    },
  });
  const run = (await api.send('POST', `/v1/workflows/${workflow.body.id}/run`, { body: { input: { path: 7 } } })).body
    .id;

  const { body } = await api.send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });

  expect(body.error).toMatchObject({
    errors: [{ pointer: '/steps/0/input/path' }],
    step: { code: 'ERR_INPUT_INVALID' },
  });
});

test.each([
  ['table "a" has 3 rows', 'table … has … rows'],
  ["isn't there; didn't find 'x y'", "isn't there; didn't find …"],
  ['run_0mwr16d0f0zjb1srlvpfb.step failed at 12:30:01.5', '… failed at …'],
  ['id 123e4567-e89b-12d3-a456-426614174000 of `main`.`a`', 'id … of ….…'],
  ['token 9f86d081884c7d65 is dead, deadbeef', 'token … is dead, deadbeef'],
])('takes numbers, ids and quoted names out of "%s"', (message, pattern) => {
  expect(patternOf(message)).toBe(pattern);
});

async function ended(api: TestApi, body: unknown): Promise<string> {
  const { body: run } = await api.send('POST', '/v1/runs', { body, headers: { prefer: 'wait=20' } });
  return run.id;
}

function idsOf({ body }: { body: { items: { id: string }[] } }): string[] {
  return body.items.map(({ id }) => id);
}
