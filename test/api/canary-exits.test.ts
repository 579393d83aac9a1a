import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../cli/cli.ts';
import { until } from '../context.ts';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { CANARIES, type Canary, formsOf, openWatched } from './canary-flows.ts';
import { useDraft, useSync } from './canary-more.ts';
import { everythingIn } from './dump.ts';

type Api = Awaited<ReturnType<typeof openWatched>>;

test('no secret reaches an exit, whatever runs, fails, waits, is previewed, replayed or tested with it', {
  timeout: 240_000,
}, async () => {
  const api = await openWatched();
  const exits = new Map<string, string>();
  const deliveries = await startEndpoint();

  const ids = await useSecrets(api, deliveries.url);
  const opened = await sendMarkers(api, ids, exits);
  await askEverywhere(api, ids, exits);
  await askTheCli(api, ids, exits);
  exits.set('log', api.lines.join(''));
  exits.set('spans', api.spans.join('\n'));
  exits.set('Redis', await everythingIn(api.ctx));
  exits.set('webhook endpoint', JSON.stringify(deliveries.received.map(({ headers, body }) => [headers, body])));
  for (const [name, text] of await filesIn(api.ctx.config.dataFolder)) exits.set(`file ${name}`, text);

  const found: string[] = [];
  for (const [name, text] of exits)
    for (const [canary, secret] of Object.entries(CANARIES) as [Canary, string][])
      for (const form of formsOf(secret)) {
        const at = text.indexOf(form);
        if (at >= 0) found.push(`${canary} in ${name}: …${text.slice(Math.max(0, at - 150), at + 60)}`);
      }
  expect(found).toEqual([]);
  // They were used, each where it should be.
  const seen = api.seenByMirror.join('\n');
  const { endpoint: _signsOnly, ...sent } = CANARIES;
  for (const secret of Object.values(sent)) expect(seen).toContain(secret);
  // A marker is data: it was sent as it is, in each way, and nowhere with what it seals.
  expect(opened.join('').match(/\$sealed/g)!.length).toBeGreaterThan(8);
  expect(exits.get('log')).toContain('request answered');
  expect(exits.get('spans')!.length).toBeGreaterThan(1000);
  expect(deliveries.received.length).toBeGreaterThan(0);
  expect(exits.size).toBeGreaterThan(300);
});

/** Puts every secret where it may be put, and lets everything happen that can happen to it. */
async function useSecrets(api: Api, endpoint: string) {
  const { send, mirror } = api;
  const { warehouseId } = api.workspace.emulator;
  const must = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await send(method, path, { ...(body === undefined ? {} : { body: body as object }), headers });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  await must('POST', '/v1/webhook_endpoints', { url: endpoint });
  await must('POST', '/v1/linked_accounts', {
    name: 'mirror',
    authentication: { name: 'p', kind: 'pat', host: mirror.origin, token: CANARIES.token, test: false },
  });
  const http = (id: string, path: string, more: object = {}) => ({
    id,
    action: 'databricks.http_request',
    linked_account: 'mirror',
    needs: [] as string[],
    input: {
      method: 'POST',
      path,
      query: { key: '{{ secrets.key }}' },
      headers: { 'x-api-key': '{{ secrets.key }}' },
      body: { text: 'with {{ secrets.key }}', changed: '{{ $uppercase(secrets.key) & secrets.key }}' },
    },
    ...more,
  });
  const sql = (id: string, statement: string, more: object = {}) => ({
    id,
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    needs: [] as string[],
    input: { warehouse_id: warehouseId, statement, parameters: [{ name: 'key', value: '{{ secrets.key }}' }], ...more },
  });
  const post = (id: string, path: string, more: object = {}) => ({
    id,
    action: 'core.webhook',
    needs: [] as string[],
    input: {
      url: `${mirror.origin}${path}?key=${encodeURIComponent(CANARIES.webhook)}`,
      headers: { Authorization: `Bearer ${CANARIES.webhook}` },
      body: { key: '{{ secrets.key }}' },
    },
    ...more,
  });
  const links = { disposition: 'EXTERNAL_LINKS' };
  const all = await must('POST', '/v1/workflows', {
    name: 'all',
    trigger: { id: 'core.manual' },
    secrets: { key: CANARIES.workflow },
    variables: { plain: 'seen' },
    steps: [
      http('mirrored', '/api/echo'),
      http('refused', '/api/refused', { on_error: 'continue' }),
      {
        ...http('retried', '/api/refused/again', { on_error: 'continue' }),
        retry: { times: 1, delay_seconds: 1 },
      },
      post('posted', '/hook'),
      post('post_refused', '/refused', { on_error: 'continue' }),
      sql('few', 'SELECT :key AS k, base64(:key) AS b, hex(:key) AS h'),
      sql('many', "SELECT :key AS k, base64(:key) AS b, repeat('x', 300) AS fill FROM range(500)"),
      sql('csv', 'SELECT :key AS k FROM range(50)', { format: 'CSV', ...links }),
      sql('arrow', 'SELECT :key AS k FROM range(50)', { format: 'ARROW_STREAM', ...links }),
      sql('wrong', 'SELECT CAST(:key AS INT) AS k', {}),
      {
        id: 'made',
        action: 'core.transform',
        needs: [],
        input: { value: { a: '{{ secrets.key }}', big: 'x{{ $pad("", 90000, "y") }}{{ secrets.key }}' } },
      },
      { id: 'passed', action: 'core.transform', needs: ['mirrored'], input: { value: '{{ steps.mirrored.output }}' } },
      {
        id: 'loop',
        action: 'core.webhook',
        needs: [],
        for_each: { items: '{{ [secrets.key, secrets.key & "2"] }}' },
        input: { url: `${mirror.origin}/item`, body: { item: '{{ item }}' } },
      },
      {
        id: 'file',
        action: 'core.file',
        needs: ['few'],
        input: { path: 'out.ndjson', rows: [{ n: '{{ steps.few.status }}' }] },
      },
      { id: 'ask', action: 'core.approve', needs: [], input: { message: 'really?' } },
    ].map((step) => (step.id === 'wrong' ? { ...step, on_error: 'continue' } : step)),
  });
  const failing = await must('POST', '/v1/workflows', {
    name: 'failing',
    trigger: { id: 'core.manual' },
    secrets: { key: CANARIES.workflow },
    steps: [http('refused', '/api/refused')],
    on_failure: {
      steps: [
        {
          id: 'tell',
          action: 'core.webhook',
          input: { url: `${mirror.origin}/told`, body: { error: '{{ run.error }}' } },
        },
      ],
    },
  });
  const hooked = await must('POST', '/v1/workflows', {
    name: 'hooked',
    enabled: true,
    trigger: { id: 'core.incoming_webhook' },
    steps: [
      { id: 'all', action: 'core.transform', input: { value: '{{ trigger }}' } },
      {
        id: 'out',
        action: 'core.webhook',
        input: {
          url: `${mirror.origin}/out`,
          headers: { 'x-api-key': '{{ trigger.headers.`x-gitlab-token` }}' },
          body: {},
        },
      },
    ],
  });
  const polled = await must('POST', '/v1/workflows', {
    name: 'polled',
    enabled: true,
    trigger: {
      id: 'databricks.condition_met',
      linked_account: 'demo',
      input: { statement: 'SELECT true AS met', warehouse_id: warehouseId },
      schedule: { every_seconds: 1 },
    },
    secrets: { key: CANARIES.workflow },
    steps: [http('refused', '/api/refused/page')],
  });
  await fetch(`${api.origin}${new URL(hooked.url).pathname}?token=${encodeURIComponent(CANARIES.sender)}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-gitlab-token': CANARIES.sender,
      'x-hub-signature': CANARIES.sender,
    },
    body: '{"n":1}',
  });
  await must('POST', '/v1/runs', {
    action: 'core.webhook',
    input: {
      url: `${mirror.origin}/direct/refused?sig=${encodeURIComponent(CANARIES.webhook)}`,
      headers: { 'x-api-key': CANARIES.webhook },
      body: { n: 1 },
      secret: CANARIES.endpoint,
    },
  });
  const { id: run } = await must('POST', `/v1/workflows/${all.id}/run`, {});
  const { id: failed } = await must('POST', `/v1/workflows/${failing.id}/run`, {}, { prefer: 'wait=30' });
  await until(
    'all but the approval have ended',
    async () => {
      const { steps } = (await send('GET', `/v1/runs/${run}`)).body;
      return (
        steps.filter(({ status }: { status: string }) => !['succeeded', 'failed', 'canceled'].includes(status))
          .length === 1
      );
    },
    90_000,
  );
  const wait = { prefer: 'wait=20' };
  const step = (body: object) => send('POST', `/v1/workflows/${all.id}/test_step`, { body, headers: wait });
  const tested = [
    await step({ step: 'mirrored', run }),
    await step({ step: 'passed', run }),
    await step({ step: 'few' }),
    await step({ step: 'mirrored', run, input: { method: 'POST', path: '/api/echo', body: '{{ secrets }}' } }),
  ];
  const edited = await send('POST', `/v1/runs/${failed}/replay`, { body: { from: 'failed' }, headers: wait });
  const filter = { workflow: failing.id, status: 'failed' };
  const dryRun = await send('POST', '/v1/runs/replay', { body: { filter } });
  const previews = [
    dryRun,
    await send('POST', '/v1/runs/replay', { body: { filter, confirm: dryRun.body.confirm } }),
    await send('POST', '/v1/expressions/preview', { body: { expression: 'secrets', scope: { steps: {} } } }),
    await send('POST', '/v1/workflows/check', {
      body: { ...(await send('GET', `/v1/workflows/${all.id}`)).body, secrets: { key: CANARIES.workflow } },
    }),
    await send('PUT', `/v1/workflows/${all.id}/draft`, {
      body: {
        name: 'all',
        trigger: { id: 'core.manual' },
        secrets: { key: CANARIES.workflow },
        steps: [post('posted', '/hook')],
      },
    }),
    await send('POST', '/v1/linked_accounts/mirror/pause', { body: { reason: 'test' } }),
  ];
  await send('POST', '/v1/linked_accounts/mirror/resume');
  const drafted = await useDraft(api, { workflow: all.id, run });
  const synced = await useSync(api, http('refused', '/api/refused/rows'));
  const answers = [...tested, edited, ...previews, ...drafted, ...synced.answers];
  expect(answers.filter(({ status }) => status >= 300).map(({ text }) => text)).toEqual([]);
  const steps = (await send('GET', `/v1/runs/${run}`)).body.steps as { step: string; status: string }[];
  expect(Object.fromEntries(steps.map(({ step: id, status }) => [id, status]))).toEqual({
    mirrored: 'succeeded', refused: 'failed', retried: 'failed', posted: 'succeeded', post_refused: 'failed', few: 'succeeded',
    many: 'succeeded', csv: 'succeeded', arrow: 'succeeded', wrong: 'failed', made: 'succeeded', passed: 'succeeded',
    loop: 'succeeded', file: 'succeeded', ask: 'waiting',
  }); // biome-ignore format: a table
  const account = (await send('GET', '/v1/linked_accounts/mirror')).body.id;
  return { run, failed, workflows: [all.id, failing.id, hooked.id, polled.id, synced.workflow], account, answers };
}

/** Sends texts that the engine sealed, taken from Redis, wherever JSON is taken. Gives what a service got of it. */
async function sendMarkers(api: Api, ids: Awaited<ReturnType<typeof useSecrets>>, exits: Map<string, string>) {
  const { send } = api;
  const endpoint = await startEndpoint();
  const [all, , , polled] = ids.workflows;
  const sealed = new Set((await everythingIn(api.ctx)).match(/s1\.[\w-]+\.[\w-]{40,}/g));
  expect(sealed.size).toBeGreaterThan(5);
  const { url } = endpoint;
  const wait = { prefer: 'wait=20' };
  const { body: teller } = await send('POST', '/v1/workflows', {
    body: {
      name: 'teller',
      trigger: { id: 'core.manual' },
      variables: { marker: [...sealed][0] },
      steps: [{ id: 'tell', action: 'core.webhook', input: { url, body: { trigger: '{{ trigger }}' } } }],
    },
  });
  const tell = (body: unknown) => ({ action: 'core.webhook', input: { url, headers: { 'x-key': 'k' }, body } });
  const { body: told } = await send('POST', '/v1/runs', { body: tell({ n: 1 }), headers: wait });
  for (const text of [...sealed].slice(0, 8)) {
    const marker = { $sealed: text };
    const bodies: [method: string, path: string, body: object][] = [
      ['POST', '/v1/runs', tell(marker)],
      ['POST', '/v1/runs', { ...tell(marker), sealed_input: text }],
      ['POST', '/v1/runs', { action: 'core.transform', input: { value: marker, $sealed: text } }],
      ['POST', `/v1/runs/${told.id}/replay`, { input: { url, body: { marker } } }],
      ['POST', `/v1/runs/${ids.failed}/replay`, { input: marker }],
      ['POST', `/v1/workflows/${teller.id}/run`, { input: { marker } }],
      ['POST', `/v1/workflows/${all}/test_step`, { step: 'posted', input: { url, body: { marker } } }],
      ['POST', `/v1/workflows/${all}/test_step`, { step: 'passed', trigger: marker, outputs: { mirrored: marker } }],
      ['POST', `/v1/workflows/${teller.id}/test_step`, { step: 'tell', trigger: { marker } }],
      ['POST', '/v1/workflows', { name: `m${Math.random()}`, trigger: { id: 'core.manual' }, secrets: marker, sealed: text, steps: [] }],
      ['PUT', `/v1/workflows/${teller.id}/draft`, { name: 'teller', sealed: text, variables: marker, steps: [{ id: 'a', action: 'core.transform', input: marker }] }],
      ['POST', '/v1/workflows/check', { name: 'x', trigger: { id: 'core.manual' }, secrets: marker, steps: [{ id: 'a', action: 'core.transform', input: { value: marker } }] }],
      ['POST', '/v1/expressions/preview', { expression: '$', scope: { secrets: marker, steps: { a: marker } } }],
      ['PUT', `/v1/workflows/${polled}/cursor`, { position: marker }],
      ['POST', `/v1/linked_accounts/mirror/pause`, { reason: text }],
      ['POST', '/v1/runs/replay', { filter: { workflow: text } }],
      ['PATCH', '/v1/tenant', { name: marker }],
    ]; // biome-ignore format: a table
    for (const [method, path, body] of bodies) {
      const answer = await send(method, path, { body, headers: wait });
      exits.set(`marker ${text.slice(0, 20)} ${method} ${path} ${exits.size}`, answer.text);
    }
    await send('POST', '/v1/linked_accounts/mirror/resume');
  }
  const comment = [...sealed].join(' ').slice(0, 500);
  await send('POST', `/v1/runs/${ids.run}.ask/approve`, { body: { comment }, headers: wait });
  const bodies = endpoint.received.map(({ headers, body }) => JSON.stringify(headers) + body);
  exits.set('endpoint of markers', bodies.join('\n'));
  return bodies;
}

/** Every route that reads, for each object there is, as one who may only read and as one who may do everything. */
async function askEverywhere(api: Api, ids: Awaited<ReturnType<typeof useSecrets>>, exits: Map<string, string>) {
  for (const [i, answer] of ids.answers.entries())
    exits.set(`answer ${i}`, `${answer.text} ${JSON.stringify([...answer.headers])}`);
  const { paths } = (await api.send('GET', '/openapi.json')).body;
  const runs = await allRuns(api);
  const list = async (path: string) => (await api.send('GET', path)).body.items.map(({ id }: { id: string }) => id);
  const known: Record<string, string[]> = {
    runs,
    workflows: ids.workflows,
    linked_accounts: [ids.account],
    replays: await list('/v1/replays'),
    webhook_endpoints: await list('/v1/webhook_endpoints'),
    authentications: await list(`/v1/linked_accounts/${ids.account}/authentications`),
  };
  for (const key of [await api.keyOf('viewer'), await api.keyOf('admin')])
    for (const path of Object.keys(paths)) {
      if (paths[path].get === undefined || path.startsWith('/connect/') || path.startsWith('/oauth')) continue;
      for (const filled of fill(path, known)) await ask(api, filled, key, exits);
    }
  for (const id of ids.workflows) {
    const dry = await api.send('DELETE', `/v1/workflows/${id}?dry_run=true`);
    exits.set(`dry deletion of ${id}`, dry.text);
  }
  exits.set(
    'dry deletion of the account',
    (await api.send('DELETE', `/v1/linked_accounts/${ids.account}?dry_run=true`)).text,
  );
  const basic = `Basic ${Buffer.from(`x:${await api.keyOf('admin')}`).toString('base64')}`;
  for (const status of ['latest', 'active', 'waiting', 'delayed', 'completed', 'failed']) {
    const page = `/admin/queues/api/queues?activeQueue=runs&status=${status}&page=1&jobsPerPage=100`;
    exits.set(`board ${status}`, await (await fetch(api.origin + page, { headers: { authorization: basic } })).text());
  }
}

/** Read like any other answer; of a stream, what it says at once. */
async function ask(api: Api, path: string, key: string, exits: Map<string, string>): Promise<void> {
  const isStream = path.endsWith('/events');
  for (const accept of ['application/json', ...(isStream ? ['text/event-stream'] : [])]) {
    const reader = new AbortController();
    const url = path === '/v1/events' ? `${path}?after=0` : path;
    const headers = { authorization: `Bearer ${key}`, accept };
    const answer = await fetch(api.origin + url, { headers, signal: reader.signal });
    const isOpen = answer.headers.get('content-type')?.includes('event-stream') === true;
    const text = isOpen ? await firstOf(answer) : Buffer.from(await answer.arrayBuffer()).toString('latin1');
    reader.abort();
    exits.set(`${key.slice(-4)} ${accept} ${path}`, `${JSON.stringify([...answer.headers])} ${text}`);
  }
}

async function firstOf(answer: Response): Promise<string> {
  const { value } = await answer.body!.getReader().read();
  return Buffer.from(value ?? []).toString();
}

async function allRuns({ ctx }: Api): Promise<string[]> {
  const keys = await ctx.redis.keys(ctx.keys.run('run_*'));
  return keys.map((key) => key.slice(ctx.keys.run('').length));
}

function fill(path: string, known: Record<string, string[]>): string[] {
  const [whole, kind] = /(\w+)\/\{\w+\}/.exec(path) ?? [];
  if (whole === undefined) return [path];
  return (known[kind!] ?? ['1']).flatMap((id) => fill(path.replace(whole, `${kind}/${encodeURIComponent(id)}`), known));
}

async function askTheCli(api: Api, ids: Awaited<ReturnType<typeof useSecrets>>, exits: Map<string, string>) {
  const env = { PENSTOCK_URL: api.origin, PENSTOCK_API_KEY: await api.keyOf('admin') };
  const [all = ''] = ids.workflows;
  const commands = [
    ['runs'], ['runs', 'show', ids.run], ['runs', 'output', `${ids.run}.few`], ['runs', 'output', `${ids.run}.many`],
    ['runs', 'output', `${ids.run}.made`], ['runs', 'show', ids.failed], ['runs', 'tail', ids.failed], ['runs', 'causes'],
    ['runs', 'replay', ids.failed, '--dry-run'], ['workflows'], ['workflows', 'show', all], ['workflows', 'versions', all],
    ['workflows', 'health', ids.workflows[2]!], ['approvals'], ['audit'], ['events', 'list'], ['accounts'], ['replays'],
    ['accounts', 'show', ids.account], ['auth', 'list', '--account', 'mirror'], ['webhook-endpoints'], ['api-keys'],
    ['runs', 'show', 'run_none'],
  ]; // biome-ignore format: a table
  for (const command of commands)
    for (const more of [[], ['--json']]) {
      const { out, err } = await runCli([...command, ...more], { env });
      exits.set(`penstock ${command.join(' ')} ${more}`, out + err);
    }
}

async function filesIn(folder: string): Promise<[name: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as [string, string]));
}
