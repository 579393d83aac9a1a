import type { IncomingHttpHeaders } from 'node:http';
import { readBody, startHttpServer } from '../servers.ts';

/** What an endpoint of webhooks got, regardless of its answers. */
export interface Received {
  headers: IncomingHttpHeaders;
  /** Path with query. */
  url: string;
  body: string;
  events: { id: string; data: Record<string, unknown> }[];
}

/** An endpoint of webhooks that answers as it is told; `undefined` does not answer at all. */
export async function startEndpoint(answer: () => number | undefined = () => 204) {
  const received: Received[] = [];
  const { origin } = await startHttpServer(async (request, response) => {
    const body = await readBody(request);
    received.push({
      headers: request.headers,
      url: request.url!,
      body,
      events: (JSON.parse(body) as { rows?: Received['events'] }).rows ?? [],
    });
    const status = answer();
    if (status !== undefined) response.writeHead(status).end();
  });
  return { url: origin, received };
}
