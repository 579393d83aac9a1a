import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { parseJson, stringifyJson } from '../connector/json.ts';
import type { Connection } from './connection.ts';
import { ApiProblem, CliError, type ShownProblem } from './problem.ts';

export interface ApiRequest {
  body?: unknown;
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How much of an answer that is not ours is quoted. */
const MAX_QUOTED = 300;

/** The HTTP API, as the commands use it. */
export interface Client {
  connection: Connection;
  /** The body of the answer; `undefined` for 204. @throws ApiProblem, CliError when there is no answer */
  call(method: Method, path: string, request?: ApiRequest): Promise<Json>;
  /** Server-sent events of a path until the server ends the stream. @throws as `call` */
  events(path: string): AsyncGenerator<{ event: string; id: string | undefined; data: Json }>;
  /** Writes the body of an answer to a stream as it comes, and leaves the stream open. @throws as `call` */
  download(path: string, to: Writable): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is shown, not judged; the API's own tests hold its shape.
export type Json = any;

/** Makes a client; every request ends when `signal` is aborted. */
export function createClient(connection: Connection, signal: AbortSignal): Client {
  const send = async (method: Method, path: string, request: ApiRequest, accept: string): Promise<Response> => {
    const url = new URL(connection.url + path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = new Headers({ accept, ...request.headers });
    if (connection.apiKey !== undefined) headers.set('authorization', `Bearer ${connection.apiKey}`);
    if (request.body !== undefined) headers.set('content-type', 'application/json');
    const body = request.body === undefined ? null : stringifyJson(request.body);
    const response = await fetch(url, { method, headers, body, signal }).catch((cause) => {
      throw signal.aborted ? cause : unreachable(connection, cause);
    });
    if (!response.ok) throw new ApiProblem(await readProblem(response), connection);
    return response;
  };
  return {
    connection,
    async call(method, path, request = {}) {
      const response = await send(method, path, request, 'application/json');
      return response.status === 204 ? undefined : parseJson(await response.text());
    },
    async *events(path) {
      const response = await send('GET', path, {}, 'text/event-stream');
      yield* readEvents(response.body!);
    },
    async download(path, to) {
      const response = await send('GET', path, {}, '*/*');
      await pipeline(Readable.fromWeb(response.body as NodeReadableStream), to, { end: false });
    },
  };
}

/** The id in a path, so that no text of a person can name another resource. */
export function path(strings: TemplateStringsArray, ...ids: string[]): string {
  return String.raw({ raw: strings }, ...ids.map(encodeURIComponent));
}

async function readProblem(response: Response): Promise<ShownProblem> {
  const text = await response.text();
  try {
    return JSON.parse(text) as ShownProblem;
  } catch {
    // Not our API, or a proxy before it.
    return { status: response.status, title: `HTTP ${response.status} ${text.slice(0, MAX_QUOTED)}` };
  }
}

async function* readEvents(body: ReadableStream<Uint8Array>): ReturnType<Client['events']> {
  let rest = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = block.split(/\r?\n/).map((line) => line.split(/:\s?(.*)/s) as [string, string?]);
      const data = fields.filter(([name]) => name === 'data').map(([, value]) => value ?? '');
      if (data.length === 0) continue;
      const fieldOf = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];
      yield { event: fieldOf('event') ?? 'message', id: fieldOf('id'), data: parseJson(data.join('\n')) };
    }
  }
}

function unreachable({ url }: Connection, cause: Error & { cause?: { code?: string; message?: string } }): CliError {
  const why = cause.cause?.code ?? cause.cause?.message ?? cause.message;
  return new CliError(
    `the API at ${url} does not respond (${why})`,
    'Start it with "npm start", or set PENSTOCK_URL to its address.',
  );
}
