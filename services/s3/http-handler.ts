import type { Readable } from 'node:stream';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { ConnectorError } from '../../connector/errors.ts';
import type { Http } from '../../connector/http.ts';
import { encodeQuery } from './encode.ts';

/** A request as the SDK gives it: `query` is not encoded, `path` is. */
interface SdkRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null | undefined>;
  headers: Record<string, string>;
  body?: unknown;
}

type Handler = Extract<NonNullable<S3ClientConfig['requestHandler']>, { handle: unknown }>;

/** What the way out sets itself, or what it has no use for. */
const OWN_HEADERS = new Set(['host', 'user-agent', 'accept-encoding', 'expect']);
const MAX_BYTES = Number.MAX_SAFE_INTEGER;

/** Sends the requests of the SDK by our HTTP: addresses are guarded, redirects refused, proxies used as everywhere. */
export function createHandler(http: Http, { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Handler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest) {
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())),
      );
      const answer = await http
        .stream({
          method: request.method,
          url: urlOf(request),
          headers,
          ...(request.body === undefined ? {} : { body: request.body as Uint8Array | Readable | string }),
          timeoutMs,
          maxBytes: MAX_BYTES,
          signal,
        })
        .catch(rethrow);
      const response = {
        statusCode: answer.status,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(',')]),
        ),
        body: answer.body,
      };
      return { response };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  } as unknown as Handler;
}

/** The SDK adds to errors what ours would not keep. */
function rethrow(error: unknown): never {
  if (!(error instanceof ConnectorError)) throw error;
  throw new Error('the request failed', { cause: error });
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const parameters = encodeQuery(query);
  const text = parameters === '' ? '' : `?${parameters}`;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${text}`;
}
