import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createProcessMetrics } from '../../../api/metrics.ts';
import { sharedText } from '../../../api/shared-metrics.ts';
import { engineActor, listAudit } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readEvents } from '../../../engine/events/event-stream.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { showRun } from '../../../engine/runs/run-view.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { createWebhookEndpoint } from '../../../engine/webhook-endpoints/webhook-endpoints.ts';
import { startWorker } from '../../../engine/worker.ts';
import { everythingIn } from '../../api/dump.ts';
import { testContext, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';

const CANARY = 'canary-7c1d3e90ab';

test('no secret of an authentication is found in what its runs leave behind, at a service that repeats it', async () => {
  const lines: string[] = [];
  const log = createLogger('trace', { write: (line: string) => void lines.push(line) });
  const ctx = await testContext({ context: { log } });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const server = await startHttpServer((request, response) => {
    const said = `you sent ${request.headers.authorization}`;
    const [status, body] = answerOf(request.url ?? '', said);
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': said });
    response.end(JSON.stringify(body));
  });
  const authentication = { name: 'p', kind: 'pat', host: server.origin, token: CANARY, test: false };
  const webhook = await createWebhookEndpoint(ctx, engineActor('acme'), { url: `${server.origin}/hook` });
  const { id: account } = await createLinkedAccount(ctx, engineActor('acme'), { name: 'main', authentication });
  const inputs: [action: string, input: object][] = [
    ['http_request', { path: '/api/2.0/refused' }],
    ['http_request', { path: '/api/2.0/forbidden' }],
    ['query_warehouses', {}],
    ['execute_statement', { warehouse_id: 'w', statement: 'SELECT 1' }],
    ['run_job', { job_id: '1' }],
    ['upload_file', { file_path: '/Volumes/main/sales/raw/d.csv', text: 'x' }],
  ];

  const runs = [];
  for (const [action, input] of inputs) {
    const request = { action: `databricks.${action}`, linked_account: account, input };
    runs.push(await ended(ctx, (await submitAction(ctx, 'acme', { request })).id));
  }
  await until('the endpoint of events was tried', async () => {
    const { items: deliveries } = await listRuns(ctx, 'acme', { filter: { action: 'core.webhook' }, limit: 10 });
    return deliveries.some(({ attempts }) => attempts > 0);
  });
  await ctx.meters.flush();

  const metrics = createProcessMetrics(ctx);
  const shown = [
    lines.join(''),
    await everythingIn(ctx),
    (await metrics.text()) + (await sharedText(ctx)),
    JSON.stringify([await listAudit(ctx, 'acme'), await readEvents(ctx, 'acme'), runs.map(showRun)]),
    await filesIn(ctx.config.dataFolder),
  ];
  expect(runs.map(({ error }) => error?.message ?? '').join()).toContain('you sent');
  for (const text of shown) for (const secret of [CANARY, webhook.secret]) expect(text).not.toContain(secret);
});

function answerOf(url: string, said: string): [status: number, body: unknown] {
  if (url.includes('/sql/statements'))
    return [200, { statement_id: 's', status: { state: 'FAILED', error: { error_code: 'X', message: said } } }];
  if (url.includes('/jobs/run-now')) return [200, { run_id: 1, number_in_job: 1 }];
  if (url.includes('/jobs/runs/get'))
    return [200, { run_id: 1, state: { life_cycle_state: 'TERMINATED', result_state: 'FAILED', state_message: said } }];
  if (url.includes('/forbidden')) return [403, { error_code: 'PERMISSION_DENIED', message: said }];
  return [400, { error_code: 'X', message: said, details: [{ '@type': 'x', detail: said }] }];
}

async function filesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}
