import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Identity } from './tokens.ts';

/** One request, checked: what a route's handler gets. */
export interface Call {
  method: string;
  path: string;
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
  /** The body as sent; empty for routes of kind `raw`, whose handlers read the request themselves. */
  bytes: Buffer;
  identity: Identity;
  request: IncomingMessage;
  requestId: string;
}

/** What a handler answers; without `json`, `text`, `bytes` or `stream` the body is `{}`, as Databricks does for commands. */
export interface Answer {
  status?: number;
  json?: unknown;
  text?: string;
  bytes?: Buffer;
  stream?: Readable;
  /** No body at all (204, or a HEAD). */
  empty?: boolean;
  headers?: Record<string, string>;
  /** False when the request changed nothing, such as a launch with a token that was seen before. */
  effect?: boolean;
}

/** A route; `{name}` in the template takes one segment, `{name...}` the rest of the path. */
export interface Route {
  method: string;
  template: string;
  handle(call: Call): Answer | Promise<Answer>;
  /** Needs no token: discovery, token endpoint, signed links. */
  open?: boolean;
  /**
   * `json` bodies are checked against emulator/schema, `form` is x-www-form-urlencoded, `raw` is left to be streamed;
   * `json-or-multipart` leaves a multipart body to the handler, in `bytes`.
   */
  body?: 'json' | 'form' | 'raw' | 'json-or-multipart';
  /** The key of the operation in emulator/schema, when it differs from method and template. */
  schema?: string;
  /** The shape of errors of this route. */
  errors?: 'standard' | 'scim' | 'oauth';
}

/** Finds routes by method and path. */
export interface Router {
  add(routes: Route[]): void;
  find(method: string, path: string): { route: Route; params: Record<string, string> } | undefined;
}

/** Makes an empty router. */
export function createRouter(): Router {
  const fixed = new Map<string, Route>();
  const patterns = new Map<string, { route: Route; pattern: RegExp; names: string[] }[]>();
  return {
    add(routes) {
      for (const route of routes) {
        if (!route.template.includes('{')) {
          fixed.set(`${route.method} ${route.template}`, route);
          continue;
        }
        const list = patterns.get(route.method) ?? [];
        list.push({ route, ...compile(route.template) });
        patterns.set(route.method, list);
      }
    },
    find(method, path) {
      const exact = fixed.get(`${method} ${path}`);
      if (exact !== undefined) return { route: exact, params: {} };
      for (const { route, pattern, names } of patterns.get(method) ?? []) {
        const match = pattern.exec(path);
        if (match === null) continue;
        const params = Object.fromEntries(names.map((name, index) => [name, decode(match[index + 1] ?? '')]));
        return { route, params };
      }
      return undefined;
    },
  };
}

function compile(template: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const source = template.split(/(\{[^{}]+\})/).map((part) => {
    if (!part.startsWith('{')) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
    const rest = part.endsWith('...}');
    names.push(part.slice(1, rest ? -4 : -1));
    return rest ? '(.*)' : '([^/]+)';
  });
  return { pattern: new RegExp(`^${source.join('')}$`), names };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
