import type { IncomingHttpHeaders } from 'node:http';
import { readBody, startHttpServer } from '../servers.ts';

/** What a receiver of webhooks got, whatever it answered. */
export interface Received {
  headers: IncomingHttpHeaders;
  /** Path with query. */
  url: string;
  body: string;
  events: { id: string; data: Record<string, unknown> }[];
}

/** A receiver of webhooks that answers as it is told; `undefined` does not answer at all. */
export async function startReceiver(answer: () => number | undefined = () => 204) {
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
