import { text as textOf } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { startHttpServer } from '../servers.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const PASSWORD = 'pw-7c1d3e90ab';
const HEADER = 'hdr-51f0c2aa77';
const PARAMETER = 'prm-90ab7c1d3e';

async function ended(api: Awaited<ReturnType<typeof openApiWorkspace>>, id: string) {
  return (await api.send('GET', `/v1/runs/${id}`, { headers: { prefer: 'wait=20' } })).body;
}

test('secrets of an input are sealed at every depth, in headers and in URLs, and reach the service', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const docker_image = { url: 'repo/image', basic_auth: { username: 'u', password: PASSWORD } };
  const cluster = {
    cluster_name: 'c',
    spark_version: '15.4.x-scala2.12',
    node_type_id: 'i3.xlarge',
    num_workers: 0,
    docker_image,
  };
  const webhook = {
    url: `${url}/hook?key=${PARAMETER}&limit=5`,
    headers: { Authorization: `Bearer ${HEADER}`, 'X-Api-Key': HEADER, 'X-Request-Id': 'r-1' },
    body: { note: 'readable' },
  };

  const { body: made } = await api.send('POST', '/v1/runs', {
    body: {
      action: 'databricks.create_cluster',
      linked_account: 'demo',
      input: cluster,
      options: { wait_for_completion: false },
    },
  });
  const { body: posted } = await api.send('POST', '/v1/runs', { body: { action: 'core.webhook', input: webhook } });
  const shownWebhook = (await ended(api, posted.id)).input;

  expect((await ended(api, made.id)).input.docker_image).toEqual({
    url: 'repo/image',
    basic_auth: { username: 'u', password: '[secret]' },
  });
  expect(shownWebhook).toMatchObject({
    url: `${url}/hook?key=[secret]&limit=5`,
    headers: { Authorization: '[secret]', 'X-Api-Key': '[secret]', 'X-Request-Id': 'r-1' },
    body: { note: 'readable' },
  });
  expect(received[0]!.headers).toMatchObject({ authorization: `Bearer ${HEADER}`, 'x-api-key': HEADER });
  const kept = await everythingIn(api.ctx);
  for (const secret of [PASSWORD, HEADER, PARAMETER]) expect(kept).not.toContain(secret);
});

test('a replay sends the secrets again, and an edited input holds only what the caller gave', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const input = { url, headers: { authorization: HEADER }, body: { $sealed: 's1.k.AAAA' } };
  const { body: first } = await api.send('POST', '/v1/runs', { body: { action: 'core.webhook', input } });
  const shown = (await ended(api, first.id)).input;

  const { body: again } = await api.send('POST', `/v1/runs/${first.id}/replay`, { body: {} });
  await ended(api, again.id);
  const copied = await api.send('POST', `/v1/runs/${first.id}/replay`, { body: { input: shown } });
  const sealed = await api.send('POST', `/v1/runs/${first.id}/replay`, {
    body: { input: { ...input, secret: { $sealed: 's1.k.AAAA' } } },
  });

  expect(shown.body).toEqual({ $sealed: 's1.k.AAAA' });
  expect(received.map(({ headers, body }) => [headers.authorization, JSON.parse(body)])).toEqual([
    [HEADER, { $sealed: 's1.k.AAAA' }],
    [HEADER, { $sealed: 's1.k.AAAA' }],
  ]);
  expect(copied).toMatchObject({ status: 400, body: { errors: [{ pointer: '/input/headers/authorization' }] } });
  expect(sealed).toMatchObject({ status: 400, body: { errors: [{ pointer: '/input/secret' }] } });
});

test('sealed text opens at no other place: another run, another tenant', async () => {
  const api = await openApiWorkspace({ worker: false });
  const input = { url: 'https://example.com', headers: { authorization: HEADER }, body: {} };
  const [first, second] = await Promise.all(
    [1, 2].map(async () => (await api.send('POST', '/v1/runs', { body: { action: 'core.webhook', input } })).body.id),
  );
  const made = JSON.parse((await api.ctx.redis.hget(api.ctx.keys.run(first), 'run'))!);
  const other = JSON.parse((await api.ctx.redis.hget(api.ctx.keys.run(second), 'run'))!);
  await api.ctx.redis.hset(
    api.ctx.keys.run(second),
    'run',
    JSON.stringify({ ...other, sealed_input: made.sealed_input }),
  );

  await api.send('POST', `/v1/runs/${second}/cancel`);
  const replay = await api.send('POST', `/v1/runs/${second}/replay`, { body: {} });

  expect(replay.body.code).toBe('ERR_SEAL_BROKEN');
});

test("a workflow's secrets are read by expressions, seal what they go into, and are shown nowhere", async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const steps = [
    { id: 'build', action: 'core.transform', input: { value: { auth: '{{ "key " & secrets.key }}', plain: 'p' } } },
    {
      id: 'send',
      action: 'core.webhook',
      input: {
        url,
        headers: { 'x-literal': PARAMETER },
        body: { auth: '{{ steps.build.output.value.auth }}', plain: 'p' },
      },
    },
    { id: 'whole', action: 'core.webhook', input: { url, body: '{{ steps.build.output.value }}' } },
  ];
  const definition = { name: 'with secrets', trigger: { id: 'core.manual' }, secrets: { key: HEADER }, steps };
  const { body: workflow } = await api.send('POST', '/v1/workflows', { body: definition });
  const { secrets, steps: shownSteps, trigger } = (await api.send('GET', `/v1/workflows/${workflow.id}`)).body;
  const rewritten = await api.send('PUT', `/v1/workflows/${workflow.id}`, {
    body: { ...definition, trigger, secrets },
  });
  const refused = await api.send('PUT', `/v1/workflows/${workflow.id}`, {
    body: { ...definition, secrets, steps: shownSteps },
  });
  const { body: made } = await api.send('POST', `/v1/workflows/${workflow.id}/run`);
  const run = await ended(api, made.id);
  const inputOf = async (step: string) => (await ended(api, `${made.id}.${step}`)).input;

  expect([secrets, shownSteps[1].input.headers]).toEqual([{ key: '[secret]' }, { 'x-literal': '[secret]' }]);
  expect(rewritten.status).toBe(200);
  expect(refused.body.errors).toMatchObject([{ pointer: '/steps/1/input/headers/x-literal' }]);
  expect(run.status).toBe('succeeded');
  expect((await ended(api, `${made.id}.build`)).output.value).toEqual({ auth: 'key [secret]', plain: 'p' });
  expect((await inputOf('send')).body).toEqual({ auth: '[secret]', plain: 'p' });
  expect((await inputOf('whole')).body).toEqual({ auth: '[secret]', plain: 'p' });
  for (const { body } of received) expect(JSON.parse(body)).toEqual({ auth: `key ${HEADER}`, plain: 'p' });
  expect(received[0]!.headers['x-literal']).toBe(PARAMETER);
  const kept = await everythingIn(api.ctx);
  for (const secret of [HEADER, PARAMETER]) expect(kept).not.toContain(secret);
});

test('headers and parameters of incoming webhooks are for expressions only', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const token = 'trigger.headers.`x-gitlab-token`';
  const steps = [
    { id: 'check', action: 'core.transform', if: `{{ ${token} = "${HEADER}" }}`, input: { value: 'checked' } },
    {
      id: 'send',
      action: 'core.webhook',
      input: { url, body: { token: `{{ ${token} }}`, all: '{{ trigger.body }}' } },
    },
  ];
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: { name: 'hook', trigger: { id: 'core.incoming_webhook' }, steps },
  });
  const { pathname } = new URL(workflow.url);
  const { body: made } = await api.send('POST', `${pathname}?key=${PARAMETER}&page=2`, {
    key: null,
    headers: { 'x-gitlab-token': HEADER, 'x-gitlab-event': 'Push Hook', 'content-type': 'application/json' },
    body: { order: 7 },
  });
  await ended(api, made.run);
  const shown = (await api.send('GET', `/v1/runs/${made.run}`)).body;

  expect(shown.input).toMatchObject({
    headers: { 'x-gitlab-token': '[secret]', 'x-gitlab-event': 'Push Hook' },
    query: { key: '[secret]', page: '2' },
    body: { order: 7 },
  });
  expect((await ended(api, `${made.run}.check`)).output).toEqual({ value: 'checked' });
  expect((await ended(api, `${made.run}.send`)).input.body).toEqual({ token: '[secret]', all: { order: 7 } });
  expect(JSON.parse(received[0]!.body)).toEqual({ token: HEADER, all: { order: 7 } });
  expect(await everythingIn(api.ctx)).not.toContain(PARAMETER);
});

test('a test of a step reads no secrets into an input that the caller chose', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const steps = [{ id: 'send', action: 'core.webhook', input: { url, body: { own: '{{ secrets.key }}' } } }];
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: { name: 'w', trigger: { id: 'core.manual' }, secrets: { key: HEADER }, steps },
  });
  const { body: made } = await api.send('POST', `/v1/workflows/${workflow.id}/run`);
  await ended(api, made.id);
  const send = (body: object) =>
    api.send('POST', `/v1/workflows/${workflow.id}/test_step`, {
      body: { step: 'send', ...body },
      headers: { prefer: 'wait=20' },
    });

  await send({});
  await send({ run: made.id });
  await send({ input: { url, body: { chosen: '{{ $string(secrets.key) }}', other: '{{ secrets }}' } } });
  await send({ run: made.id, input: { url, body: { chosen: '{{ secrets.key }}', all: '{{ $string($$) }}' } } });
  await until('all were sent', () => received.length === 5);

  for (const { body } of received.slice(0, 3)) expect(JSON.parse(body)).toEqual({ own: HEADER });
  for (const { body } of received.slice(3)) expect(body).not.toContain(HEADER);
});

test('a token that an answer repeats is in no output and no artifact, in no form', async () => {
  const api = await openApiWorkspace();
  const server = await startHttpServer((request, response) => {
    const token = String(request.headers.authorization).replace('Bearer ', '');
    const said = [token, encodeURIComponent(token), Buffer.from(`x:${token}`).toString('base64')];
    if (request.url?.includes('/fs/files/')) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      for (const piece of said.join(' ').match(/[\s\S]{1,7}/g) ?? []) response.write(piece);
      response.end('end');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-echo': token });
    response.end(JSON.stringify({ said, rows: Array.from({ length: 3000 }, () => said) }));
  });
  const token = 'dapi/canary+0123456789abcdef';
  const authentication = { name: 'p', kind: 'pat', host: server.origin, token, test: false };
  await api.send('POST', '/v1/linked_accounts', { body: { name: 'echo', authentication } });
  const run = async (action: string, input: object) => {
    const { body } = await api.send('POST', '/v1/runs', {
      body: { action: `databricks.${action}`, linked_account: 'echo', input },
    });
    return ended(api, body.id);
  };
  const artifactOf = async ({ id }: { id: string }) =>
    (
      await fetch(`${api.origin}/v1/runs/${id}/artifact`, {
        headers: { authorization: `Bearer ${await api.keyOf('admin')}` },
      })
    ).text();

  const answered = await run('http_request', { path: '/api/2.0/echo', headers: { 'x-api-key': HEADER } });
  const downloaded = await run('download_file', { file_path: '/Volumes/a/b/c/d.txt', as: 'ARTIFACT' });

  expect([answered.status, downloaded.status]).toEqual(['succeeded', 'succeeded']);
  const texts = [
    JSON.stringify([answered, downloaded]),
    await artifactOf(answered),
    await textOf(await api.ctx.artifacts.read(downloaded.output.artifact.id)),
    await everythingIn(api.ctx),
  ];
  for (const text of texts) {
    for (const form of [token, encodeURIComponent(token), Buffer.from(`x:${token}`).toString('base64').slice(4, -4)])
      expect(text).not.toContain(form);
  }
  expect(texts[2]).toMatch(/\*{28}.*end$/);
});
