import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { flowsOf } from '../flows.ts';
import { linkAccount, type Service } from '../service.ts';

/** A service in whose hands a run stays: a download that never ends, a list that is never answered, a list that is busy. */
async function open() {
  const seen: string[] = [];
  const closed: string[] = [];
  const server = await startHttpServer(async (request: IncomingMessage, response: ServerResponse) => {
    await readBody(request);
    const path = new URL(request.url!, 'http://service').pathname;
    seen.push(`${request.method} ${path}`);
    response.once('close', () => closed.push(path));
    const send = (body: object, status = 200, headers = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    if (path === '/chunk') return response.writeHead(200, { 'content-type': 'application/json' }).write('[["1"],');
    if (path === '/api/2.0/sql/warehouses' || path === '/hook') return undefined;
    if (path === '/api/2.1/clusters/list')
      return send({ error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'busy' }, 429, { 'retry-after': '60' });
    return send({
      statement_id: 's1',
      status: { state: 'SUCCEEDED' },
      manifest: {
        format: 'JSON_ARRAY',
        schema: { column_count: 1, columns: [{ name: 'n', type_name: 'INT', type_text: 'INT', position: 0 }] },
        total_chunk_count: 1,
        total_row_count: 1_000_000,
      },
      result: {
        external_links: [{ chunk_index: 0, row_count: 1_000_000, external_link: `${server.origin}/chunk` }],
      },
    });
  });
  const ctx = await testContext();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const account = await linkAccount(ctx, { origin: server.origin } as Service);
  return { ctx, account, seen, closed, url: server.origin };
}

const DOWNLOAD = {
  action: 'databricks.execute_statement',
  input: { statement: 'SELECT * FROM t', disposition: 'EXTERNAL_LINKS' },
};
const READ = { action: 'databricks.query_warehouses', input: {} };
const BUSY = { action: 'databricks.query_clusters', input: {} };

async function begin(ctx: Context, account: string, step: object): Promise<string> {
  const flows = flowsOf(ctx);
  const workflow = await flows.make([{ id: 'one', linked_account: account, ...step }]);
  return `${await flows.begin(workflow)}.one`;
}

test('a cancel ends a download in the middle, and its connection', async () => {
  const { ctx, account, seen, closed } = await open();
  const id = await begin(ctx, account, DOWNLOAD);
  await until('the chunk is being read', () => seen.includes('GET /chunk'));

  await cancelRun(ctx, (await readRun(ctx, id))!);

  expect(await ended(ctx, id)).toMatchObject({
    status: 'canceled',
    error: { code: 'ERR_CANCELED', message: expect.stringContaining('had already succeeded') },
  });
  await until('the connection is closed', () => closed.includes('/chunk'));
});

test('a cancel ends a delivery in the middle, and does not say that it did not happen', async () => {
  const { ctx, account, seen, closed, url } = await open();
  const id = await begin(ctx, account, { action: 'core.webhook', input: { url: `${url}/hook`, body: {} } });
  await until('the delivery is there', () => seen.includes('POST /hook'));

  await cancelRun(ctx, (await readRun(ctx, id))!);

  expect(await ended(ctx, id)).toMatchObject({
    status: 'canceled',
    error: { message: expect.stringContaining('did not confirm') },
    launches: [{ number: 1, outcome: 'unknown' }],
  });
  await until('the connection is closed', () => closed.includes('/hook'));
});

test('a cancel ends a run that waits for its next attempt', async () => {
  const { ctx, account } = await open();
  const id = await begin(ctx, account, BUSY);
  await until('it waits', async () => (await readRun(ctx, id))?.status === 'waiting');

  await cancelRun(ctx, (await readRun(ctx, id))!);

  expect(await ended(ctx, id)).toMatchObject({ status: 'canceled' });
});

test('a time limit ends a download in the middle', async () => {
  const { ctx, account, closed } = await open();

  const id = await begin(ctx, account, { ...DOWNLOAD, timeout_seconds: 1 });

  expect(await ended(ctx, id)).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
  await until('the connection is closed', () => closed.includes('/chunk'));
});

test('a time limit ends a request that is not answered', async () => {
  const { ctx, account, closed } = await open();

  const id = await begin(ctx, account, { ...READ, timeout_seconds: 1 });

  expect(await ended(ctx, id)).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
  await until('the connection is closed', () => closed.includes('/api/2.0/sql/warehouses'));
});

test('a time limit ends a run that waits for its next attempt', async () => {
  const { ctx, account } = await open();

  const id = await begin(ctx, account, { ...BUSY, timeout_seconds: 1 });

  expect(await ended(ctx, id)).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
});
