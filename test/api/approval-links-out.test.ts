import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { signLink } from '../../engine/secrets/signed-links.ts';
import { until } from '../context.ts';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const LINK = /approvals\/(run_[a-z0-9_.]+\.[0-9a-f]{32})(?![0-9a-f])/g;
const FILL = 'x'.repeat(300);
const FILE = '/Volumes/main/default/files/links.json';

test('links in large results work where the rows go out: batches of a webhook, a file from an artifact', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const rows = `{{ [1..500].{"n": $, "to": $$.run.approvals.ask, "fill": "${FILL}"} }}`;
  const steps = [
    { id: 'ask', action: 'core.approve', needs: [], input: {} },
    { id: 'large', action: 'core.transform', needs: [], input: { value: rows } },
    {
      id: 'send',
      action: 'core.webhook',
      needs: ['large'],
      input: { url, rows: '{{ steps.large.output.value }}', batch_size: 200 },
    },
    {
      id: 'whole',
      action: 'core.webhook',
      needs: ['large'],
      input: { url, body: '{{ steps.large.output.value }}' },
    },
    {
      id: 'file',
      action: 'core.file',
      needs: ['large'],
      input: { path: 'links.ndjson', rows: '{{ steps.large.output.value }}' },
    },
  ];
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: { name: 'ask', trigger: { id: 'core.manual' }, steps },
  });
  const { body: started } = await api.send('POST', `/v1/workflows/${workflow.id}/run`);
  await until('all but the approval have ended', async () => {
    const { body } = await api.send('GET', `/v1/runs/${started.id}`);
    return body.steps.filter(({ status }: { status: string }) => status === 'succeeded').length === 4;
  });
  const { body: large } = await api.send('GET', `/v1/runs/${started.id}.large`);
  const upload = { action: 'databricks.upload_file', input: { file_path: FILE, artifact: large.artifact.id } };
  const download = { action: 'databricks.download_file', input: { file_path: FILE } };
  const run = async (request: object) => {
    const body = { ...request, linked_account: 'demo' };
    return (await api.send('POST', '/v1/runs', { body, headers: { prefer: 'wait=20' } })).body;
  };

  await run({
    action: 'databricks.execute_statement',
    input: { warehouse_id: api.workspace.emulator.warehouseId, statement: 'CREATE VOLUME main.default.files' },
  });
  expect(await run(upload)).toMatchObject({ status: 'succeeded' });
  const uploaded = await fetch(`${api.workspace.emulator.url}/api/2.0/fs/files${FILE}`, {
    headers: { authorization: `Bearer ${api.workspace.emulator.token}` },
  });
  const downloaded = await textOf(await api.workspace.ctx.artifacts.read((await run(download)).output.artifact.id));

  const token = await signLink(api.ctx, 'approval', `${started.id}.ask`);
  const sent = received.map(({ body }) => body);
  expect(sent.map((body) => [...body.matchAll(LINK)].length).sort()).toEqual([100, 200, 200, 500]);
  const inFile = await uploaded.text();
  expect([...inFile.matchAll(LINK)]).toHaveLength(500);
  for (const text of [...sent, inFile]) for (const [, found] of text.matchAll(LINK)) expect(found).toBe(token);
  const kept = await textOf(await api.workspace.ctx.artifacts.read(large.artifact.id));
  const file = await readFile(join(api.workspace.ctx.config.dataFolder, 'files', api.tenant, 'links.ndjson'), 'utf8');
  for (const text of [kept, file, downloaded, await everythingIn(api.ctx)]) expect(text).not.toMatch(LINK);
  expect(downloaded.length).toBe(inFile.length);
  expect(file.split('\n')).toHaveLength(501);
});
