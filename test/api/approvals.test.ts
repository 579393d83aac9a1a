import { expect, test } from 'vitest';
import { approvalLink } from '../../engine/workflows/approvals.ts';
import { until } from '../context.ts';
import type { TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const ask = (id: string, needs: string[] = []) => ({
  id,
  action: 'core.approve',
  needs,
  input: { message: 'Delete <b>everything</b>?', on_reject: 'continue' },
});

test('continues when a person approves by the API, and tells who it was', async () => {
  const api = await openApiWorkspace();
  const { run, step } = await asked(api, [ask('ask')]);

  const decided = await api.send('POST', `/v1/runs/${run}/approve`, { body: { comment: 'fine' } });
  const again = await api.send('POST', `/v1/runs/${step}/deny`);
  const ended = await api.send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });

  expect(decided).toMatchObject({
    status: 200,
    body: { id: step, decision: { approved: true, by: 'admin key', comment: 'fine', at: expect.any(String) } },
  });
  expect(again).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
  expect(ended.body).toMatchObject({ status: 'succeeded', output: { approved: true, by: 'admin key' } });
  const { items } = (await api.send('GET', '/v1/audit')).body;
  expect(items[0]).toMatchObject({ action: 'run.approve', target: { id: step } });
});

test('asks which of several steps is meant, and refuses a run that waits for nobody', async () => {
  const api = await openApiWorkspace();
  const { run } = await asked(api, [ask('legal'), ask('money')]);

  const unclear = await api.send('POST', `/v1/runs/${run}/deny`);
  const named = await api.send('POST', `/v1/runs/${run}/deny`, { body: { step: 'money' } });
  const wrong = await api.send('POST', `/v1/runs/${run}/deny`, { body: { step: 'other' } });

  expect(unclear).toMatchObject({ status: 400, body: { errors: [{ pointer: '/step', allowed: ['legal', 'money'] }] } });
  expect(named.body).toMatchObject({ step: 'money', decision: { approved: false } });
  expect(wrong).toMatchObject({ status: 409 });
});

test('finds the one item of a loop that waits, also after the first 200', async () => {
  const api = await openApiWorkspace();
  const step = {
    ...ask('each'),
    for_each: { items: '{{ [1..203] }}', concurrency: 100, on_error: 'continue' },
    input: { message: '{{ index < 202 ? $error("not asked") : "Go?" }}' },
  };
  const run = await started(api, [step]);
  const waiting = `${run}.each.202`;
  await until('it waits', async () => (await api.send('GET', `/v1/runs/${waiting}`)).body.status === 'waiting');

  const decided = await api.send('POST', `/v1/runs/${run}.each/approve`);

  expect(decided).toMatchObject({ status: 200, body: { id: waiting, decision: { approved: true } } });
});

test('is decided on a page that works without scripts and decides nothing by being opened', async () => {
  const api = await openApiWorkspace();
  const { run, step } = await asked(api, [ask('ask')]);
  const { pathname } = new URL(await approvalLink(api.ctx, step));
  const form = (decision: string) =>
    api.send('POST', pathname, {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `decision=${decision}&comment=not+today`,
    });

  const page = await api.send('GET', pathname, { key: null });
  const stillOpen = await api.send('GET', `/v1/runs/${step}`);
  const wrong = await form('perhaps');
  const refused = await form('deny');
  const late = await form('approve');
  const after = await api.send('GET', pathname, { key: null });
  const ended = await api.send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });

  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.text).toContain('Delete &lt;b&gt;everything&lt;/b&gt;?');
  expect(page.text).toContain(`<form method="post" action="${pathname}">`);
  expect(page.text).not.toContain('<script');
  expect(stillOpen.body.decision).toBeUndefined();
  expect(wrong.status).toBe(400);
  expect(refused).toMatchObject({ status: 200, text: expect.stringContaining('<h1>Denied</h1>') });
  expect(late).toMatchObject({ status: 409, text: expect.stringContaining('<h1>') });
  expect(after.text).toContain('It was denied by link');
  expect(after.text).not.toContain('<form');
  expect(ended.body.output).toMatchObject({ approved: false, by: 'link', comment: 'not today' });
});

test('takes no link that it did not make, nor many tries', async () => {
  const api = await openApiWorkspace({ worker: false });
  const get = () => api.send('GET', `/approvals/run_1.${'0'.repeat(32)}`, { key: null });

  const guessed = await get();
  const tries = [];
  for (let i = 0; i < 60; i++) tries.push((await get()).status);

  expect(guessed).toMatchObject({ status: 404, text: expect.stringContaining('approval link is not valid') });
  expect(tries.at(-1)).toBe(429);
});

test('shows a link that decides only to those who may decide', async () => {
  const api = await openApiWorkspace();
  const tell = { id: 'tell', action: 'core.transform', input: { value: { link: '{{ run.approvals.ask }}' } } };
  const body = { name: 'ask', trigger: { id: 'core.manual' }, steps: [tell, ask('ask', ['tell'])] };
  const { body: workflow } = await api.send('POST', '/v1/workflows', { body });
  const { body: run } = await api.send('POST', `/v1/workflows/${workflow.id}/run`);
  const told = await until('the link is told', async () => {
    const { steps } = (await api.send('GET', `/v1/runs/${run.id}`)).body;
    const isAsked = steps.some(
      (step: { step: string; status: string }) => step.step === 'ask' && step.status === 'waiting',
    );
    return isAsked ? steps.find((step: { step: string }) => step.step === 'tell') : undefined;
  });
  const seenBy = async (role: 'viewer' | 'operator') => {
    const key = await api.keyOf(role);
    const { text: ofRun } = await api.send('GET', `/v1/runs/${told.id}`, { key });
    const stream = await fetch(`${api.origin}/v1/events?after=0`, { headers: { authorization: `Bearer ${key}` } });
    const { value } = await stream.body!.getReader().read();
    return [ofRun, new TextDecoder().decode(value)];
  };

  const link = /approvals\/run_[a-z0-9_.]+\.[0-9a-f]{32}/;
  for (const text of await seenBy('operator')) expect(text).toMatch(link);
  for (const text of await seenBy('viewer')) {
    expect(text).toContain('/approvals/run_');
    expect(text).not.toMatch(link);
  }
});

/** A run whose steps wait for a person; `step` is the run of the first. */
async function asked(api: TestApi, steps: object[]) {
  const run = await started(api, steps);
  const children = await until('every step waits', async () => {
    const { body } = await api.send('GET', `/v1/runs/${run}`);
    const waiting = body.steps.filter(({ status }: { status: string }) => status === 'waiting');
    return waiting.length === steps.length ? waiting : undefined;
  });
  return { run, step: children[0].id as string };
}

async function started({ send }: TestApi, steps: object[]): Promise<string> {
  const body = { name: 'ask', trigger: { id: 'core.manual' }, steps };
  const { body: workflow } = await send('POST', '/v1/workflows', { body });
  return (await send('POST', `/v1/workflows/${workflow.id}/run`)).body.id;
}
