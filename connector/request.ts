import { ConnectorError, inputError } from './errors.ts';
import { stringifyJson } from './json.ts';
import type { Json, RequestTemplate } from './manifest.ts';
import { readScope, resolveTemplate, type Scopes } from './template.ts';

/** A request without host and credentials. `path` is encoded, carries the query, and begins with exactly one slash. */
export interface BuiltRequest {
  /** Name of the base URL; default: `api`. */
  base?: string;
  method: string;
  path: string;
  /** The URL of a next page as a service named it, absolute or relative to `path`; see `requestUrl`. */
  link?: string;
  /** Prefixes of which the path below the base URL has one. */
  within?: readonly string[];
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs: number;
  maxBytes?: number;
  /** Whatever comes is the answer, refusals and bodies that are not JSON included; see `readOutcome`. */
  anyAnswer?: boolean;
}

/** As the SDKs of cloud services wait for one answer. */
const DEFAULT_TIMEOUT_SECONDS = 60;
export const FORM = 'application/x-www-form-urlencoded';
const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH']);
/** `{scope.path}` is one segment; `{+scope.path}` is a path whose slashes stay (volume files; spelt as in RFC 6570). */
const PLACEHOLDER = /\{(\+?)([a-z]+(?:\.[A-Za-z0-9_]+)+)\}/g;

/**
 * Builds a manifest's request from the scopes. `"*"` as query or body is every input that the path does not use.
 * `extra` is added to what carries the arguments: the query of a GET or DELETE, else the body.
 * @throws ConnectorError ERR_INPUT_INVALID when a path value is missing, empty, or would change the route (`.`, `..`);
 * ERR_RESPONSE_INVALID when the missing value should have come with an earlier answer.
 */
export function buildRequest(template: RequestTemplate, scopes: Scopes, extra?: Record<string, unknown>): BuiltRequest {
  const path = fillPath(template.path, scopes);
  const inBody = extra !== undefined && BODY_METHODS.has(template.method);
  const asked = resolvePart(template.query, template.path, scopes);
  const query = encodeQuery(extra === undefined || inBody ? asked : { ...(asked as object), ...extra });
  const headers: Record<string, string> = { accept: 'application/json' };
  const extraHeaders = resolveTemplate(template.headers ?? {}, scopes) as Record<string, unknown>;
  for (const name in extraHeaders) headers[name.toLowerCase()] = String(extraHeaders[name]);
  const built: BuiltRequest = {
    method: template.method,
    path: query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`,
    headers,
    timeoutMs: (template.timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    ...(template.base === undefined ? {} : { base: template.base }),
  };
  const given = resolvePart(template.body, template.path, scopes);
  const body = inBody ? { ...(given as object), ...extra } : given;
  if (template.omit_empty_body === true && isEmptyObject(body)) {
    delete headers['content-type'];
  } else if (body !== undefined) {
    const isForm = template.body_type === 'form';
    headers['content-type'] ??= isForm ? FORM : 'application/json';
    built.body = isForm ? encodeForm(body) : stringifyJson(body);
  }
  return built;
}

/** One path segment: everything but letters, digits and `-_.!~*'()` as percent-encoded UTF-8. `pointer` names the field in an error. */
function encodeSegment(value: string, pointer: string): string {
  if (value === '') throw inputError(pointer, 'must not be empty: it is a part of the request path');
  // A URL parser resolves `.` and `..` even when they are percent-encoded, so there is no way to send them.
  if (value === '.' || value === '..')
    throw inputError(pointer, `must not be "${value}": it would change the request path`);
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw inputError(pointer, 'must be well-formed Unicode: it holds half of a surrogate pair', { cause });
  }
}

/** A path whose slashes separate segments: one leading slash is dropped, each segment is encoded, a trailing slash stays. */
function encodeSegments(value: string, pointer: string): string {
  const segments = value.replace(/^\//, '').split('/');
  return segments
    .map((segment, index) => {
      const isTrailing = segment === '' && index > 0 && index === segments.length - 1;
      return isTrailing ? '' : encodeSegment(segment, pointer);
    })
    .join('/');
}

/** A query without its `?`: nested objects by dots, arrays by repeated keys, booleans as words, null and missing values left out. */
export function encodeQuery(query: unknown): string {
  const pairs: string[] = [];
  appendPairs(pairs, '', query);
  return pairs.join('&');
}

/** A form (application/x-www-form-urlencoded): lists and objects as JSON, null and missing values left out, spaces as `%20`. */
export function encodeForm(body: unknown): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
    if (value === undefined || value === null) continue;
    const text = typeof value === 'object' ? stringifyJson(value) : String(value);
    pairs.push(`${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`);
  }
  return pairs.join('&');
}

function isEmptyObject(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0;
}

function resolvePart(part: Json | undefined, path: string, scopes: Scopes): unknown {
  if (part === undefined) return undefined;
  return part === '*' ? inputsOutsidePath(path, scopes.input) : resolveTemplate(part, scopes);
}

function fillPath(path: string, scopes: Scopes): string {
  return path.replace(PLACEHOLDER, (_whole, plus: string, reference: string) => {
    const value = readScope(reference, scopes);
    const pointer = `/${reference.split('.').slice(1).join('/')}`;
    if (value === undefined || value === null || typeof value === 'object') throw missing(reference, pointer);
    return plus === '' ? encodeSegment(String(value), pointer) : encodeSegments(String(value), pointer);
  });
}

function missing(reference: string, pointer: string): ConnectorError {
  if (!/^(start|last)\./.test(reference)) return inputError(pointer, 'is required: it is a part of the request path');
  const field = reference.slice(reference.indexOf('.') + 1);
  return new ConnectorError(
    'ERR_RESPONSE_INVALID',
    `the response of the service has no "${field}", which the next request requires`,
    {
      sent: 'answered',
    },
  );
}

function inputsOutsidePath(path: string, input: unknown): Record<string, unknown> {
  const used = new Set<string>();
  for (const match of path.matchAll(PLACEHOLDER)) {
    const [scope, name] = match[2]!.split('.');
    if (scope === 'input') used.add(name!);
  }
  if (used.size === 0) return { ...(input as object) };
  return Object.fromEntries(Object.entries(input as object).filter(([name]) => !used.has(name)));
}

function appendPairs(pairs: string[], key: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) appendPairs(pairs, key, item);
  } else if (typeof value === 'object') {
    for (const name in value) {
      appendPairs(pairs, key === '' ? name : `${key}.${name}`, (value as Record<string, unknown>)[name]);
    }
  } else {
    pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(String(value).toWellFormed())}`);
  }
}
