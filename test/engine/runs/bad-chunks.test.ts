import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../engine/process/clock.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, type Service, submitStatement } from '../service.ts';

const CELLS = `["${'1'.repeat(9)}"],`.repeat(10_000);
const LETTERS = 'x'.repeat(1024 * 1024);

/** Writes the head, then the same piece as often as it is read. */
function pour(response: ServerResponse, head: string, piece: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(head);
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}

const CASES: [what: string, type: string, answer: (response: ServerResponse) => void, code: string][] = [
  ['rows that never end', 'STRING', (response) => pour(response, '[', CELLS), 'ERR_RESPONSE_INVALID'],
  ['a cell that never ends', 'STRING', (response) => pour(response, '[["', LETTERS), 'ERR_RESPONSE_TOO_LARGE'],
  [
    'a chunk that breaks off',
    'STRING',
    (response) => {
      response.writeHead(200).write('[["1"],');
      setImmediate(() => response.destroy());
    },
    'ERR_NO_ANSWER',
  ],
];

test.each(CASES)(
  'a chunk of %s ends the run with a clear error, and the worker lives on',
  async (_what, type, answer, code) => {
    const server = await startHttpServer(async (request: IncomingMessage, response) => {
      await readBody(request);
      if (request.url === '/chunk') return answer(response);
      if (request.url!.startsWith('/api/2.0/sql/warehouses')) return response.end('{}');
      const column = { name: 'n', type_name: type, type_text: type, position: 0 };
      const link = { chunk_index: 0, row_count: 1, external_link: `${server.origin}/chunk` };
      const body = {
        statement_id: 's1',
        status: { state: 'SUCCEEDED' },
        manifest: { format: 'JSON_ARRAY', schema: { column_count: 1, columns: [column] }, total_row_count: 1 },
        result: { external_links: [link] },
      };
      return response.end(JSON.stringify(body));
    });
    const ctx = await testContext({ context: { clock: { ...systemClock, random: () => 0 } } });
    const worker = await startWorker(ctx);
    onTestFinished(() => worker.close());
    const account = await linkAccount(ctx, { origin: server.origin } as Service);

    const run = await ended(ctx, await submitStatement(ctx, account));

    expect(run).toMatchObject({ status: 'failed', error: { code } });
    const request = { action: 'databricks.query_warehouses', linked_account: account, input: {} };
    const { id } = await submitAction(ctx, 'default', { request });
    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
  },
  40_000,
);
