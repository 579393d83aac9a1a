import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, startHttpServer } from '../../servers.ts';

/** One request as it arrived. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

const ORDERS = [1, 2, 3, 4, 5].map((number) => ({ id: 1000 + number, total: `${number}.50` }));
const PAGE = 2;

/** An API with one list in every style of pages, and with what goes wrong; other requests answer 404. `accepts` decides about credentials. */
export async function startOrdersApi(accepts: (request: Seen) => boolean = () => true) {
  const seen: Seen[] = [];
  const state = { failures: 0, orders: ORDERS, next: (link: string) => link };
  const server = await startHttpServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: (await readBody(request)).toString() };
    seen.push(one);
    if (!accepts(one)) return json(response, 401, { message: 'Bad credentials' });
    if (state.failures > 0) {
      state.failures -= 1;
      return json(response, 503, { message: 'Later' });
    }
    return answer(one, response, `http://${headers.host}`, state);
  });
  return { ...server, seen, state };
}

function answer(
  { method, url, headers, body }: Seen,
  response: ServerResponse,
  origin: string,
  { orders, next }: { orders: typeof ORDERS; next: (link: string) => string },
) {
  const { pathname, searchParams } = new URL(url, origin);
  const numberOf = (name: string, other: number) => Number(searchParams.get(name) ?? other);
  const part = (from: number) => orders.slice(from, from + PAGE);
  switch (`${method} ${pathname}`) {
    case 'GET /v1/me':
      return json(response, 200, { name: 'someone' });
    case 'GET /v1/orders': {
      const page = numberOf('page', 1);
      const link = `<${next(`${origin}/v1/orders?page=${page + 1}`)}>; rel="next"`;
      const isLast = page * PAGE >= orders.length;
      return json(response, 200, part((page - 1) * PAGE), isLast ? {} : { link });
    }
    case 'GET /v1/by_link': {
      const page = numberOf('page', 1);
      const last = page * PAGE >= orders.length;
      return json(response, 200, { data: part((page - 1) * PAGE), next: last ? null : next(`?page=${page + 1}`) });
    }
    case 'GET /v1/by_page':
      return json(response, 200, { data: part((numberOf('page', 1) - 1) * PAGE) });
    case 'GET /v1/by_offset':
      return json(response, 200, { data: part(numberOf('from', 0)), total: orders.length });
    case 'GET /v1/by_token': {
      const from = numberOf('cursor', 0);
      return json(response, 200, {
        data: part(from),
        meta: { next: from + PAGE < orders.length ? String(from + PAGE) : '' },
      });
    }
    case 'POST /v1/orders':
      return json(response, 201, { id: 1006, sku: 'A-1', key: headers['idempotency-key'] ?? null });
    case 'POST /v1/rpc':
      return json(response, 200, body === 'fail=true' ? { ok: false, error: 'no_such_order' } : { ok: true });
    case 'PUT /v1/echo':
      return json(response, 200, { type: headers['content-type'], length: headers['content-length'], body });
    case 'GET /v1/reports/2026.csv':
      return response.writeHead(200, { 'content-type': 'text/csv' }).end('id,total\n1001,1.50\n');
    default:
      return json(response, 404, { message: 'no such route' });
  }
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
