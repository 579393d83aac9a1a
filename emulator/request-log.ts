/** One request as it reached the wire, without secrets. */
export interface LoggedRequest {
  number: number;
  time: number;
  method: string;
  path: string;
  /** Method and template of the route, such as `GET /api/2.0/sql/statements/{statement_id}`; null for a path that is not known. */
  route: string | null;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  /** Parsed JSON, or text; a body larger than 1 MiB, or binary, is told by its length. */
  body: unknown;
  status: number | null;
  /** Whether the request changed something: a launch that was deduplicated has none. */
  effect: boolean;
  fault: string | null;
  request_id: string;
}

/** The latest requests (20,000 at most) and how many effects each route had. */
export interface RequestLog {
  list(filter?: { method?: string; path?: RegExp | string }): LoggedRequest[];
  /** The request that was answered with this `x-request-id`. */
  find(requestId: string): LoggedRequest | undefined;
  /** Effects by route template, such as `POST /api/2.2/jobs/run-now`. */
  effects(): Record<string, number>;
  clear(): void;
  add(entry: Omit<LoggedRequest, 'number'>): LoggedRequest;
  countEffect(route: string): void;
}

const CAPACITY = 20_000;
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Makes an empty log. */
export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  let effects: Record<string, number> = {};
  let number = 0;
  return {
    list(filter = {}) {
      const path = typeof filter.path === 'string' ? new RegExp(filter.path) : filter.path;
      return entries.filter(
        (entry) => (filter.method ?? entry.method) === entry.method && (path === undefined || path.test(entry.path)),
      );
    },
    find: (requestId) => entries.findLast((entry) => entry.request_id === requestId),
    effects: () => ({ ...effects }),
    clear() {
      entries = [];
      effects = {};
    },
    add(entry) {
      number += 1;
      const logged = { ...entry, number };
      entries.push(logged);
      if (entries.length > CAPACITY * 1.1) entries = entries.slice(-CAPACITY);
      return logged;
    },
    countEffect(route) {
      effects[route] = (effects[route] ?? 0) + 1;
    },
  };
}

/** Headers of a request with secrets replaced by their scheme: a test may see that a token was sent, never which. */
export function publicHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    result[name] = SECRET_HEADERS.has(name) ? `${text.split(' ')[0] ?? ''} ***` : text;
  }
  return result;
}

const SECRET_FIELDS =
  /^(client_secret|refresh_token|access_token|code|code_verifier|assertion|subject_token|token|password)$/;

/** A body with the values of secret fields replaced. */
export function publicBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, SECRET_FIELDS.test(name) ? '***' : value]),
  );
}
