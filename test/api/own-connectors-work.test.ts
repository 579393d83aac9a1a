import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { removeOldSets } from '../../engine/connectors/old-sets.ts';
import type { Context } from '../../engine/context.ts';
import { startWorker } from '../../engine/worker.ts';
import { testClock, until } from '../context.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { startTestApi, type TestApi } from './client.ts';
import { everythingIn } from './dump.ts';
import { type Files, helpdeskFiles, pingFiles } from './own-connector-files.ts';

/** The API, and a worker with a context of its own on the same Redis, as in another process. */
async function startBoth(context: Partial<Context> = {}): Promise<TestApi> {
  const api = await startTestApi({ context });
  const { ctx } = await startTestApi({ role: 'worker', prefix: api.ctx.keys.prefix, context });
  const running = await startWorker(ctx);
  onTestFinished(() => running.close());
  return api;
}

/** Sends a request that must succeed. */
async function must(api: TestApi, method: string, path: string, body?: object) {
  const answer = await api.send(method, path, body === undefined ? {} : { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body;
}

/** Asks again while a large answer keeps this process, which is worker and API at once, from hearing Redis in time. */
const ended = (api: TestApi, id: string) =>
  until(`the run ${id} has ended`, async () => {
    const { status, body } = await api.send('GET', `/v1/runs/${id}`, { headers: { prefer: 'wait=30' } });
    return status === 503 ? undefined : body;
  });

async function link(api: TestApi, connector: string, base_url: string, auth: object) {
  const { id } = await must(api, 'POST', '/v1/linked_accounts', { name: connector, connector, base_url });
  await must(api, 'POST', `/v1/linked_accounts/${id}/authentications`, { name: 'key', test: false, ...auth });
  return id as string;
}

test('a trigger, a loop and a workflow in a workflow work with own connectors; so does a login by client credentials', async () => {
  const api = await startBoth();
  const tickets = [{ id: 1001, subject: 'First', status: 'open' }];
  const tokens: string[] = [];
  const pings: unknown[] = [];
  const service = await startHttpServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://helpdesk');
    response.setHeader('content-type', 'application/json');
    if (pathname === '/token') {
      tokens.push(await readBody(request));
      return response.end(JSON.stringify({ access_token: 'token-1', token_type: 'bearer', expires_in: 600 }));
    }
    if (pathname === '/v2/tickets')
      return response.end(JSON.stringify({ tickets: searchParams.get('page') === '1' ? tickets.toReversed() : [] }));
    pings.push([pathname, request.headers.authorization]);
    return response.end(JSON.stringify({ said: 'pong' }));
  });
  await must(api, 'POST', '/v1/connectors', { files: helpdeskFiles() });
  await must(api, 'POST', '/v1/connectors', { files: withClientCredentials(pingFiles()) });
  await link(api, 'helpdesk', `${service.origin}/v2`, { kind: 'api_key', api_key: 'k' });
  await link(api, 'pinger', service.origin, { kind: 'oauth', client_id: 'me', client_secret: 'canary-secret' });
  const ping = { id: 'ping', action: 'pinger.ping', linked_account: 'pinger', input: {} };
  const inner = await must(api, 'POST', '/v1/workflows', {
    name: 'inner',
    trigger: { id: 'core.manual' },
    steps: [{ ...ping, for_each: { items: '{{ [1, 2] }}' } }],
  });
  const outer = await must(api, 'POST', '/v1/workflows', {
    name: 'outer',
    trigger: { id: 'helpdesk.new_ticket', linked_account: 'helpdesk', input: { status: 'open', start: 'now' } },
    steps: [{ id: 'inner', action: 'core.run_workflow', input: { workflow: inner.id } }],
  });
  await must(api, 'POST', `/v1/workflows/${outer.id}/run`, {});
  await until('the first poll has remembered what is there', async () => {
    const { body } = await api.send('GET', `/v1/workflows/${outer.id}/cursor`);
    return body.version > 0;
  });
  tickets.push({ id: 1002, subject: 'Second', status: 'open' });
  const run = await until('a run has delivered the new ticket', async () => {
    await must(api, 'POST', `/v1/workflows/${outer.id}/run`, {});
    const { body } = await api.send('GET', `/v1/runs?workflow=${outer.id}`);
    return body.items.length > 0 ? body.items[0] : undefined;
  });
  const done = await ended(api, run.id);

  expect(done).toMatchObject({ status: 'succeeded' });
  expect(done.output).toEqual({ items: [{ said: 'pong' }, { said: 'pong' }] });
  expect(pings).toEqual([
    ['/ping', 'Bearer token-1'],
    ['/ping', 'Bearer token-1'],
  ]);
  expect(tokens.length).toBeGreaterThan(0);
  const stored = await everythingIn(api.ctx);
  expect(stored).toContain('pinger.ping');
  expect(stored).not.toContain('canary');
  for (const asked of tokens)
    expect(Object.fromEntries(new URLSearchParams(asked))).toEqual({
      grant_type: 'client_credentials',
      audience: 'pings',
    });
});

function withClientCredentials(files: Files): Files {
  files['connector.json'].auth = [
    {
      id: 'oauth',
      title: 'OAuth',
      kind: 'oauth2',
      grant: 'client_credentials',
      token_url: '{account.base_url}/token',
      token_parameters: { audience: 'pings' },
      fields: {
        type: 'object',
        required: ['client_id', 'client_secret'],
        additionalProperties: false,
        properties: {
          client_id: { title: 'Client id', type: 'string', maxLength: 200 },
          client_secret: { title: 'Client secret', type: 'string', maxLength: 200, writeOnly: true },
        },
      },
    },
  ];
  return files;
}

test('the connect page offers the login of an own connector, and stores what is filled in', async () => {
  const api = await startTestApi();
  const service = await startHttpServer((_, response) => response.end('{}'));
  await must(api, 'POST', '/v1/connectors', { files: pingFiles() });
  await must(api, 'POST', '/v1/linked_accounts', { name: 'pings', connector: 'pinger', base_url: service.origin });
  const { url } = await must(api, 'POST', '/v1/connect_links', { linked_account: 'pings' });
  const path = new URL(url).pathname;

  const page = await fetch(api.origin + path);
  const stored = await fetch(api.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ kind: 'api_key', api_key: 'canary-key' }),
  });

  expect(await page.text()).toContain('Connect Pinger');
  expect({ status: stored.status, text: await stored.text() }).toMatchObject({
    status: 200,
    text: expect.stringContaining('Connected'),
  });
});

test('a process that starts later has the connectors; what no run needs goes after an hour, and what one needs stays', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const service = await startHttpServer((_, response) =>
    response.setHeader('content-type', 'application/json').end('{"said": "x"}'),
  );
  const { redis, keys } = api.ctx;
  const fields = async () => (await redis.hkeys(keys.connectors('default'))).filter((field) => field !== 'uses').sort();
  const bytes = async () => Number(await redis.hget(keys.usage('default'), 'connector_bytes'));
  await must(api, 'POST', '/v1/connectors', { files: pingFiles({ path: '/1' }) });
  const ofOne = await bytes();
  await link(api, 'pinger', service.origin, { kind: 'api_key', api_key: 'k' });
  const run = await must(api, 'POST', '/v1/runs', { action: 'pinger.ping', linked_account: 'pinger', input: {} });
  await must(api, 'PUT', '/v1/connectors/pinger', { files: pingFiles({ path: '/2' }) });
  await must(api, 'PUT', '/v1/connectors/pinger', { files: pingFiles({ path: '/3' }) });
  await api.close();
  clock.advance(3_500_000);
  expect(await removeOldSets(api.ctx)).toBe(0);
  clock.advance(200_000);

  const removed = await removeOldSets(api.ctx);
  const kept = await fields();
  await redis.zrem(keys.openRuns(), run.id);
  clock.advance(3_700_000);
  const later = await removeOldSets(api.ctx);
  const restarted = await startTestApi({ prefix: keys.prefix, context: { clock } });

  expect(removed).toBe(1);
  expect(kept).toEqual(['files:pinger:1', 'files:pinger:3', 'set:1', 'set:3']);
  expect(later).toBe(1);
  expect(await fields()).toEqual(['files:pinger:3', 'set:3']);
  expect(await bytes()).toBe(ofOne);
  expect(await redis.zcard(keys.oldConnectors())).toBe(0);
  expect((await restarted.send('GET', '/v1/actions/pinger.ping')).body.request.path).toBe('/3');
});

test('a delivery that an own connector signs starts its workflow, and a list of its service fills no memory', async () => {
  const api = await startBoth();
  const big = JSON.stringify({ items: ['x'.repeat(33_000_000)] });
  const service = await startHttpServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(big),
  );
  const files = pingFiles();
  files['actions/list.json'] = {
    ...files['actions/ping.json'],
    id: 'pinger.list',
    request: { method: 'GET', path: '/list' },
    pages: { style: 'page', items: 'items', param: 'page' },
    result: { items: '$items' },
    output: { type: 'object', properties: { items: { title: 'Items', type: 'array', items: { type: 'string' } } } },
    examples: [{ title: 'A list', input: {}, output: { items: ['x'] } }],
  };
  files['triggers/ponged.json'] = {
    id: 'pinger.ponged',
    version: 1,
    kind: 'webhook',
    title: 'Ponged',
    group: 'Pings',
    description: 'Starts for each pong.',
    input: {
      type: 'object',
      required: ['secret'],
      additionalProperties: false,
      properties: {
        secret: {
          title: 'Secret',
          description: 'Signs.',
          type: 'string',
          minLength: 16,
          maxLength: 99,
          writeOnly: true,
        },
      },
    },
    webhook: {
      signature: { algorithm: 'sha256', secret: 'secret', header: 'x-sign', encoding: 'hex', content: '{body}' },
    },
    output: { type: 'object', properties: { id: { title: 'Id', type: 'string' } } },
    examples: [{ title: 'A pong', input: { secret: 'x'.repeat(16) }, output: { id: '1' } }],
  };
  await must(api, 'POST', '/v1/connectors', { files });
  await link(api, 'pinger', service.origin, { kind: 'api_key', api_key: 'k' });
  const secret = 'canary-'.repeat(4);
  const workflow = await must(api, 'POST', '/v1/workflows', {
    name: 'ponged',
    trigger: { id: 'pinger.ponged', input: { secret } },
    steps: [{ id: 'note', action: 'core.transform', input: { value: '{{ trigger.body.said }}' } }],
  });
  const post = async (body: string, sign: string) => {
    const headers = { 'content-type': 'application/json', 'x-sign': sign };
    const answer = await fetch(api.origin + new URL(workflow.url).pathname, { method: 'POST', headers, body });
    return { status: answer.status, body: (await answer.json()) as { run?: string } };
  };
  const body = '{"said":"hi"}';

  const wrong = await post(body, '0'.repeat(64));
  const right = await post(body, createHmac('sha256', secret).update(body).digest('hex'));
  const list = await must(api, 'POST', '/v1/runs', { action: 'pinger.list', linked_account: 'pinger', input: {} });

  expect(wrong.status).toBe(401);
  expect(await ended(api, right.body.run!)).toMatchObject({ status: 'succeeded', output: { value: 'hi' } });
  expect((await api.send('GET', `/v1/workflows/${workflow.id}`)).text).not.toContain(secret);
  expect(await ended(api, list.id)).toMatchObject({ status: 'failed', error: { code: 'ERR_RESPONSE_TOO_LARGE' } });
});
