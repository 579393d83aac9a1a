/**
 * The service of the benchmark, as a process of its own: answers statements, warehouses and its own figures, after a
 * delay. Run with the port; ends with its parent's signal.
 *
 * `POST /control {delayMs, running}` sets the delay of every answer and whether statements keep running; it also clears the
 * figures. `GET /control` gives them.
 */
import { createServer } from 'node:http';

interface Hit {
  /** Epoch ms with fractions, comparable between processes of one machine. */
  at: number;
  mark: string;
}

const SUCCEEDED = JSON.stringify({
  statement_id: '01f0c2a4-5d1e-1b2c-9f3a-6a7b8c9d0e1f',
  status: { state: 'SUCCEEDED' },
  manifest: {
    format: 'JSON_ARRAY',
    schema: { column_count: 1, columns: [{ name: 'one', type_name: 'INT', type_text: 'INT', position: 0 }] },
    total_chunk_count: 1,
    total_row_count: 1,
    truncated: false,
    chunks: [{ chunk_index: 0, row_offset: 0, row_count: 1 }],
  },
  result: { chunk_index: 0, row_offset: 0, row_count: 1, data_array: [['1']] },
});
const WAREHOUSE = JSON.stringify({ id: '4f1c2b3a9d8e7f60', name: 'bench', state: 'RUNNING', cluster_size: 'Small' });
/** What a request is told apart by: a word in its statement. */
const MARK = /mark:([\w-]+)/;

const hits: Hit[] = [];
let delayMs = 0;
let running = false;
let polls = 0;
let statements = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const at = performance.timeOrigin + performance.now();
    const body = chunks.length === 1 ? chunks[0]!.toString() : Buffer.concat(chunks).toString();
    const { method, url } = request;
    if (url === '/control') return control(method!, body, (text) => answer(text));
    if (method === 'POST' && url === '/api/2.0/sql/statements') {
      hits.push({ at, mark: MARK.exec(body)?.[1] ?? '' });
      statements += 1;
      const id = `01f0-${statements}`;
      return later(running && !body.includes('quick') ? state(id, 'RUNNING') : SUCCEEDED);
    }
    if (method === 'GET' && url!.startsWith('/api/2.0/sql/statements/')) {
      polls += 1;
      return later(running ? state(url!.split('/').at(-1)!, 'RUNNING') : SUCCEEDED);
    }
    if (method === 'GET' && url!.startsWith('/api/2.0/sql/warehouses/')) {
      hits.push({ at, mark: '' });
      return later(WAREHOUSE);
    }
    response.writeHead(404).end(`{"error_code":"NOT_FOUND","message":"${method} ${url} is not played here"}`);
  });
  const answer = (text: string) => {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  };
  const later = (text: string) => {
    if (delayMs === 0) answer(text);
    else setTimeout(answer, delayMs, text);
  };
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

function control(method: string, body: string, answer: (text: string) => void): void {
  if (method === 'POST') {
    const given = JSON.parse(body) as { delayMs?: number; running?: boolean; clear?: boolean };
    delayMs = given.delayMs ?? delayMs;
    running = given.running ?? running;
    if (given.clear !== false) {
      hits.length = 0;
      polls = 0;
    }
    answer('{}');
    return;
  }
  answer(
    JSON.stringify({
      count: hits.length,
      first: hits[0]?.at,
      last: hits.at(-1)?.at,
      polls,
      ...(hits.length <= 20_000 ? { hits: hits.map(({ at, mark }) => [at, mark]) } : {}),
    }),
  );
}

function state(id: string, name: string): string {
  return JSON.stringify({ statement_id: id, status: { state: name } });
}
