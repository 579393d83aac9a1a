import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const LINK = /approvals\/(run_[a-z0-9_.]+\.[0-9a-f]{32})(?![0-9a-f])/;
const WEBHOOK_URL = /hooks\/wf_[a-z0-9]+\.[0-9a-f]{32}/;

test('a link that another run reads back from a service is stored without its signature, and works when it is sent', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const { warehouseId } = api.workspace.emulator;
  const sql = (id: string, statement: string, more: object = {}, step: object = {}) => ({
    ...step,
    id,
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    needs: [] as string[],
    input: { warehouse_id: warehouseId, statement, ...more },
  });
  const save = async (body: object) => {
    const saved = await api.send('POST', '/v1/workflows', { body });
    expect(saved.text).toContain('"id"');
    return saved.body;
  };
  const asking = await save({
    name: 'ask',
    trigger: { id: 'core.manual' },
    steps: [
      { id: 'ask', action: 'core.approve', needs: [], input: {} },
      sql('table', 'CREATE TABLE main.default.links (link STRING)'),
      {
        ...sql('write', 'INSERT INTO main.default.links VALUES (:link), (base64(:link))', {
          parameters: [{ name: 'link', value: '{{ run.approvals.ask }}' }],
        }),
        needs: ['table'],
      },
    ],
  });
  const { body: asked } = await api.send('POST', `/v1/workflows/${asking.id}/run`);
  await until('it is written', async () => {
    const { body } = await api.send('GET', `/v1/runs/${asked.id}.write`);
    if (body.status === 'failed') throw new Error(JSON.stringify(body.error));
    return body.status === 'succeeded';
  });

  const reading = await save({
    name: 'read',
    trigger: { id: 'core.manual' },
    steps: [
      sql('few', 'SELECT link FROM main.default.links'),
      sql('many', 'SELECT link, repeat("x", 500) AS fill FROM main.default.links, range(300)'),
      sql('csv', 'SELECT link FROM main.default.links', { format: 'CSV', disposition: 'EXTERNAL_LINKS' }),
      sql(
        'refused',
        "SELECT raise_error((SELECT max(link) FROM main.default.links WHERE link LIKE 'http%'))",
        {},
        { on_error: 'continue' },
      ),
      { id: 'send', action: 'core.webhook', needs: ['few'], input: { url, body: '{{ steps.few.output }}' } },
    ],
  });
  const { body: read } = await api.send('POST', `/v1/workflows/${reading.id}/run`, { headers: { prefer: 'wait=60' } });

  const viewer = await api.keyOf('viewer');
  const seen: string[] = [];
  for (const step of ['few', 'many', 'csv', 'refused', 'send']) {
    seen.push((await api.send('GET', `/v1/runs/${read.id}.${step}`, { key: viewer })).text);
    const headers = { authorization: `Bearer ${viewer}` };
    seen.push(await (await fetch(`${api.origin}/v1/runs/${read.id}.${step}/artifact`, { headers })).text());
  }
  const all = seen.join('\n');
  const decoded = [...all.matchAll(/[A-Za-z0-9+/=]{60,}/g)].map(([text]) => Buffer.from(text, 'base64').toString());
  expect(all.match(/approvals\/run_/g)!.length).toBeGreaterThan(3);
  for (const text of [all, ...decoded, await everythingIn(api.ctx)]) expect(text).not.toMatch(LINK);
  const token = LINK.exec(received[0]!.body)![1]!;
  expect((await api.send('GET', `/approvals/${token}`, { key: null })).status).toBe(200);
});

test('a URL for webhooks is stored without its signature, and a later step may post to it', async () => {
  const api = await openApiWorkspace();
  const { warehouseId } = api.workspace.emulator;
  const { body: hooked } = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'hooked',
      enabled: true,
      trigger: { id: 'core.incoming_webhook' },
      steps: [{ id: 'a', action: 'core.transform', input: { value: 1 } }],
    },
  });
  const { url } = hooked;
  const webhook = url;
  expect(webhook).toMatch(WEBHOOK_URL);
  const target = `${api.origin}${new URL(webhook).pathname}`;
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'callback',
      trigger: { id: 'core.manual' },
      steps: [
        {
          id: 'read',
          action: 'databricks.execute_statement',
          linked_account: 'demo',
          input: {
            warehouse_id: warehouseId,
            statement: 'SELECT :url AS url',
            parameters: [{ name: 'url', value: '{{ trigger.url }}' }],
          },
        },
        {
          id: 'post',
          action: 'core.webhook',
          needs: ['read'],
          input: { url: '{{ steps.read.output.rows[0].url }}', body: { n: 1 } },
        },
      ],
    },
  });

  const { body: run } = await api.send('POST', `/v1/workflows/${workflow.id}/run`, {
    body: { input: { url: target } },
    headers: { prefer: 'wait=60' },
  });

  expect(run.error).toBeUndefined();
  const { body: started } = await api.send('GET', `/v1/runs?workflow=${hooked.id}`);
  expect(started.items).toHaveLength(1);
  const viewer = await api.keyOf('viewer');
  for (const id of [run.id, `${run.id}.read`, `${run.id}.post`])
    expect((await api.send('GET', `/v1/runs/${id}`, { key: viewer })).text).not.toMatch(WEBHOOK_URL);
  expect(await everythingIn(api.ctx)).not.toMatch(WEBHOOK_URL);
});
