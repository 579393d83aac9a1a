import { expect, test } from 'vitest';
import { planReplay } from '../../../engine/replay/replay-plan.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { failing, value } from '../flows.ts';
import { linkAccount } from '../service.ts';
import { open, webhook } from './failing.ts';

test('what did not fail is reused, a step that was skipped as well, and what comes after the failed one is done again', async () => {
  const { ctx, make, begin, url } = await open();
  const workflow = await make([
    value('a', 1),
    webhook('skipped', url, { if: '{{ false }}' }),
    webhook('sent', url),
    failing('bad'),
    value('later', 1),
  ]);
  const run = await ended(ctx, await begin(workflow));

  const plan = await planReplay(ctx, run, { from: 'failed' });

  expect(plan).toEqual({
    version: 1,
    reused: { a: `${run.id}.a`, skipped: `${run.id}.skipped`, sent: `${run.id}.sent` },
    repeated: [],
  });
});

test('from a named step, that one and what needs it is done again', async () => {
  const { ctx, make, begin, url } = await open();
  const workflow = await make([value('a', 1), webhook('sent', url), value('c', 1), failing('bad')]);
  const run = await ended(ctx, await begin(workflow));

  const plan = await planReplay(ctx, run, { from: { step: 'sent' } });

  expect(Object.keys(plan.reused)).toEqual(['a']);
  expect(plan.repeated).toEqual([
    { step: 'sent', action: 'core.webhook', effect: 'token' },
    { step: 'c', action: 'core.transform', effect: 'safe' },
  ]);
});

test('what on_failure did is not done again by a replay, unless it fails again', async () => {
  const { ctx, make, begin, url, received } = await open();
  const tell = { id: 'tell', action: 'core.webhook', input: { url, body: 'failed' } };
  const workflow = await make([value('a', 1), failing('bad')], { on_failure: { steps: [tell] } });
  const run = await ended(ctx, await begin(workflow));
  await until('it was told', async () => (await readRun(ctx, `${run.id}.tell`))?.status === 'succeeded');

  const plan = await planReplay(ctx, run, { from: 'start' });

  expect(received).toHaveLength(1);
  expect(plan.repeated).toEqual([{ step: 'a', action: 'core.transform', effect: 'safe' }]);
});

test('a step is done again with the effect that its own run had, not that of the action in general', async () => {
  const { ctx, make, begin } = await open();
  const server = await startHttpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const account = await linkAccount(ctx, { origin: server.origin });
  const request = (id: string, method: string) => ({
    id,
    action: 'databricks.http_request',
    linked_account: account,
    input: { method, path: '/api/2.0/x' },
  });
  const workflow = await make([request('read', 'GET'), request('put', 'PUT'), request('post', 'POST')]);
  const run = await ended(ctx, await begin(workflow));
  expect(run.status).toBe('succeeded');

  const plan = await planReplay(ctx, run, { from: 'start' });

  expect(plan.repeated.map(({ step, effect }) => [step, effect])).toEqual([
    ['read', 'safe'],
    ['put', 'idempotent'],
    ['post', 'once'],
  ]);
});
