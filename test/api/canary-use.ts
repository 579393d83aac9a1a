import { expect } from 'vitest';
import { until } from '../context.ts';
import { CANARIES, type openWatched } from './canary-flows.ts';
import { useDraft, useSync } from './canary-more.ts';

type Api = Awaited<ReturnType<typeof openWatched>>;
/** What there is afterwards to be read. */
export type Used = Awaited<ReturnType<typeof useSecrets>>;

/** Puts every secret where it may be put, and lets everything happen that can happen to it. */
export async function useSecrets(api: Api, endpoint: string) {
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
