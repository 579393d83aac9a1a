import type { IncomingMessage } from 'node:http';
import { readBody, startHttpServer } from '../../servers.ts';

/** One request as it arrived, in a form that is equal for equal requests: parts decoded, a body as JSON. */
export interface Recorded {
  method: string;
  /** Of the path, each decoded. */
  segments: string[];
  query: [string, string][];
  accept: string | undefined;
  authorization: string | undefined;
  /** Of a body that is not empty. */
  contentType: string | undefined;
  body: unknown;
}

/** A server that takes everything, remembers it, and answers with what its caller needs to be content. */
export async function startRecorder() {
  const seen: Recorded[] = [];
  const server = await startHttpServer(async (request, response) => {
    const recorded = await record(request);
    seen.push(recorded);
    const path = recorded.segments.join('/');
    const answer = answerFor(path, recorded.method);
    response.writeHead(200, { 'content-type': 'application/json', ...linkOf(recorded, server.origin) });
    response.end(JSON.stringify(answer));
  });
  return { origin: server.origin, take: () => seen.splice(0) };
}

async function record(request: IncomingMessage): Promise<Recorded> {
  const { method = '', url = '', headers } = request;
  const [path = '', query = ''] = url.split('?');
  const text = (await readBody(request)).toString();
  return {
    method,
    segments: path.split('/').map(decodeURIComponent),
    query: query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('=').map(decodeURIComponent) as [string, string])
      .sort(),
    accept: headers.accept,
    authorization: headers.authorization,
    contentType: text === '' ? undefined : headers['content-type'],
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function answerFor(path: string, method: string): unknown {
  if (path.endsWith('/dispatches')) return { workflow_run_id: 7, run_url: 'x', html_url: 'x' };
  if (path.endsWith('/runs')) return { total_count: 0, workflow_runs: [] };
  if (path === '/search/issues') return { total_count: 0, incomplete_results: false, items: [] };
  const isList = method === 'GET' && /\/(issues|pulls)$/.test(path);
  return isList || path.endsWith('/labels') ? [] : {};
}

/** The first page of the repository `paged` has another one. */
function linkOf({ segments, query }: Recorded, origin: string): { link?: string } {
  if (segments[3] !== 'paged' || query.some(([name]) => name === 'page')) return {};
  return { link: `<${origin}${segments.join('/')}?per_page=100&page=2>; rel="next", <${origin}/x>; rel="last"` };
}
