import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../../engine/worker.ts';
import { startTestApi } from '../../api/client.ts';
import { readBody, startHttpServer } from '../../servers.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const ana = { id: 'U1', username: 'ana' };
const bob = { id: 'U2', username: 'bob' };

type Form = Record<string, string>;
type Posted = Record<string, unknown> & { blocks: Record<string, unknown>[] };

/** A workflow that posts a button for its approval, one that hears of presses, and Slack, which keeps what it gets. */
async function open(given: { approvers?: string[]; timeout_seconds?: number } = {}) {
  const posted: Posted[] = [];
  const replies: Posted[] = [];
  const slack = await startHttpServer(async (request, response) => {
    const text = (await readBody(request)).toString();
    if (request.url === '/reply') replies.push(JSON.parse(text) as Posted);
    else posted.push({ blocks: JSON.parse(new URLSearchParams(text).get('blocks')!) as Posted['blocks'] });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"ok":true,"ts":"1767323045.000100","channel":"C1","message":{}}');
  });
  const { ctx, send, origin } = await startTestApi({ role: 'worker' });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const authentication = { name: 'bot', kind: 'bot_token', token: 'xoxb-canary', test: false };
  const account = { name: 'chat', connector: 'slack', base_url: `${slack.origin}/api`, authentication };
  expect((await send('POST', '/v1/linked_accounts', { body: account })).status).toBe(201);
  const button = (action_id: string) => ({
    type: 'button',
    action_id,
    text: { type: 'plain_text', text: action_id },
    value: '{{ run.approvals.ask }}',
  });
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text: 'The load failed' } },
    { type: 'actions', block_id: 'b1', elements: [button('approve'), button('deny')] },
  ];
  const { timeout_seconds = 600, approvers } = given;
  const save = async (body: object) => {
    const { status, body: made } = await send('POST', '/v1/workflows', { body });
    expect({ status, errors: made.errors }).toEqual({ status: 201, errors: undefined });
    return made;
  };
  const asking = await save({
    name: 'asking',
    trigger: { id: 'core.manual' },
    steps: [
      { id: 'tell', action: 'slack.post_message', linked_account: 'chat', input: { channel: 'C1', text: 'x', blocks } },
      { id: 'ask', action: 'core.approve', needs: ['tell'], input: { message: 'Repair?', timeout_seconds } },
    ],
  });
  const hearing = await save({
    name: 'hearing',
    trigger: {
      id: 'slack.interaction',
      input: { signing_secret: SECRET, ...(approvers === undefined ? {} : { approvers }) },
    },
    steps: [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.body.actions[0].value }}' } }],
  });
  const deliver = async (url: string, form: Form, { secret = SECRET, age = 0 } = {}) => {
    const body = new URLSearchParams(form).toString();
    const at = String(Math.floor(ctx.clock.now() / 1000) - age);
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': at,
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`,
    };
    const answer = await fetch(`${origin}${new URL(url).pathname}`, { method: 'POST', headers, body });
    return { status: answer.status, text: await answer.text() };
  };
  let presses = 0;
  const press = (
    action: object,
    user: typeof ana,
    of: { message?: object; secret?: string; age?: number; trigger_id?: string } = {},
  ) => {
    presses += 1;
    const payload = {
      type: 'block_actions',
      user,
      trigger_id: of.trigger_id ?? `t${presses}`,
      token: 'token-canary',
      response_url: `${slack.origin}/reply`,
      message: of.message,
      actions: [action],
    };
    return deliver(hearing.url, { payload: JSON.stringify(payload) }, of);
  };
  const ask = async () => {
    const { body } = await send('POST', `/v1/workflows/${asking.id}/run`, { body: {} });
    await expect.poll(async () => (await send('GET', '/v1/approvals')).body.items.length, { timeout: 20_000 }).toBe(1);
    const message = { text: 'x', ts: '1767323045.000100', blocks: posted.at(-1)!.blocks };
    const [approve, deny] = message.blocks[1]!.elements as object[];
    return { run: body.id as string, message, approve: approve!, deny: deny! };
  };
  const end = async (run: string) => (await send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } })).body;
  return { ctx, send, deliver, press, ask, end, save, replies };
}

test('a button decides the approval, the message says who; a second press is told that, and only the person who pressed reads it', async () => {
  const { send, press, ask, end, replies } = await open();
  const { run, message, approve, deny } = await ask();

  const wrong = await press(approve, ana, { message, secret: 'another-secret-of-them' });
  const old = await press(approve, ana, { message, age: 301 });
  const pending = (await send('GET', '/v1/approvals')).body.items.length;
  const pressed = await press(approve, ana, { message });
  const ended = await end(run);
  const second = await press(deny, bob, { message });

  expect([wrong.status, old.status, pending]).toEqual([401, 401, 1]);
  expect(pressed).toEqual({ status: 200, text: '' });
  expect(ended).toMatchObject({ status: 'succeeded', output: { approved: true, by: '@ana (Slack user U1)' } });
  expect(second).toEqual({ status: 200, text: '' });
  expect(replies).toEqual([
    {
      replace_original: true,
      text: 'x',
      blocks: [
        message.blocks[0],
        { type: 'context', elements: [{ type: 'mrkdwn', text: ':white_check_mark: Approved by <@U1>' }] },
      ],
    },
    {
      response_type: 'ephemeral',
      replace_original: false,
      text: 'This was already approved by @ana (Slack user U1).',
    },
  ]);
  // A press that decides starts no run.
  expect((await send('GET', '/v1/workflows?recent_runs=5')).body.items[0].recent_runs).toEqual([]);
  const audit = await send('GET', '/v1/audit');
  expect(audit.text).toContain('@ana (Slack user U1), by the workflow');
});

test('an approval that expired says so, and denying fails the run', async () => {
  const { press, ask, end, replies } = await open({ timeout_seconds: 2 });
  const first = await ask();
  const timedOut = await end(first.run);
  await press(first.approve, ana, { message: first.message });
  const { run, message, deny } = await ask();
  await press(deny, bob, { message });
  const denied = await end(run);

  expect(timedOut).toMatchObject({ status: 'failed', error: { step: { code: 'ERR_TIMEOUT' } } });
  expect(replies[0]).toMatchObject({
    response_type: 'ephemeral',
    text: 'This approval has expired: nobody decided in time.',
  });
  expect(replies[1]!.blocks.at(-1)).toMatchObject({ elements: [{ text: ':no_entry_sign: Denied by <@U2>' }] });
  expect(denied).toMatchObject({ status: 'failed', error: { step: { code: 'ERR_REJECTED' } } });
});

test('only approvers decide, only approve and deny are words, and a link of elsewhere decides nothing', async () => {
  const { ctx, send, press, ask, end, replies } = await open({ approvers: ['U1'] });
  const { run, message, approve } = await ask();
  const forged = (approve as { value: string }).value.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));

  await press(approve, bob, { message });
  await press({ ...approve, action_id: 'other' }, ana, { message });
  await press({ ...approve, value: forged }, ana, { message });
  const pending = (await send('GET', '/v1/approvals')).body.items.length;
  await press(approve, ana, { message: undefined });

  expect(pending).toBe(1);
  expect(replies.map(({ text }) => text)).toEqual([
    expect.stringContaining('You may not decide this'),
    expect.stringContaining('must be "approve" or "deny"'),
    expect.stringContaining('is not known here'),
    ':white_check_mark: Approved by <@U1>',
  ]);
  expect(await end(run)).toMatchObject({ status: 'succeeded' });
  expect(ctx.config.allowedHosts).toEqual(['http://127.0.0.1:*']);
});

test('any other button starts a run, once for each press; its token and response URL are secrets', async () => {
  const { ctx, press, send } = await open();

  const first = await press({ action_id: 'reload', value: 'orders' }, ana, { trigger_id: 't-1' });
  const again = await press({ action_id: 'reload', value: 'orders' }, ana, { trigger_id: 't-1', age: 2 });
  const { items } = (await send('GET', '/v1/runs')).body;
  const ended = await send('GET', `/v1/runs/${items[0].id}`, { headers: { prefer: 'wait=20' } });

  expect([first, again]).toEqual([
    { status: 200, text: '' },
    { status: 200, text: '' },
  ]);
  expect(items).toHaveLength(1);
  expect(ended.body).toMatchObject({
    status: 'succeeded',
    input: { id: 't-1', body: { user: { username: 'ana' }, token: '[secret]', response_url: '[secret]' } },
    output: { value: 'orders' },
  });
  const keys = await ctx.redis.keys(`${ctx.keys.prefix}*`);
  const stored = await Promise.all(keys.map((key) => ctx.redis.dump(key)));
  expect(JSON.stringify([ended.body, stored])).not.toMatch(/token-canary/);
});

test('a slash command starts a run and is answered in the words of the workflow; a check of the certificate is answered', async () => {
  const { deliver, save, send } = await open();
  const input = { signing_secret: SECRET, reply: 'The load is started.' };
  const steps = [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.body.text }}' } }];
  const { url } = await save({ name: 'command', trigger: { id: 'slack.slash_command', input }, steps });
  const form = {
    command: '/load',
    text: 'größe & <b>',
    user_id: 'U1',
    trigger_id: 't-9',
    response_url: 'https://hooks.slack.com/commands/1',
    token: 'token-canary',
  };

  const check = await deliver(url, { ssl_check: '1', token: 'x' });
  const wrong = await deliver(url, form, { secret: 'another-secret-of-them' });
  const started = await deliver(url, form);
  const again = await deliver(url, form, { age: 3 });
  const { items } = (await send('GET', '/v1/runs')).body;
  const ended = await send('GET', `/v1/runs/${items[0].id}`, { headers: { prefer: 'wait=20' } });

  expect(check.status).toBe(200);
  expect(wrong.status).toBe(401);
  expect(JSON.parse(started.text)).toEqual({ response_type: 'ephemeral', text: 'The load is started.' });
  expect([started.status, again.status, items.length]).toEqual([200, 200, 1]);
  expect(ended.body).toMatchObject({ status: 'succeeded', output: { value: 'größe & <b>' } });
  expect(ended.text).not.toContain('token-canary');
});

test('a reply goes to no host but those of Slack', async () => {
  const { deliver, save, send } = await open();
  let asked = 0;
  const stranger = await startHttpServer((_request, response) => {
    asked += 1;
    response.writeHead(200).end();
  });
  const { url } = await save({
    name: 'elsewhere',
    trigger: { id: 'slack.interaction', input: { signing_secret: SECRET } },
    steps: [{ id: 'a', action: 'core.delay', input: { seconds: 1 } }],
  });
  const link = `${new URL(url).origin}/approvals/run_1.${'0'.repeat(32)}`;
  const payload = {
    type: 'block_actions',
    user: ana,
    response_url: stranger.origin.replace('127.0.0.1', 'localhost'),
    actions: [{ action_id: 'approve', value: link }],
  };

  const answer = await deliver(url, { payload: JSON.stringify(payload) });

  expect(answer.status).toBe(200);
  expect(asked).toBe(0);
  expect((await send('GET', '/v1/runs')).body.items).toEqual([]);
});
