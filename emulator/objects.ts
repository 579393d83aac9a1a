import { invalid, notFound } from './errors.ts';
import { pageOf } from './paging.ts';
import type { Answer, Route } from './router.ts';
import type { Collection, Store } from './store.ts';

/** @throws ApiError 404 RESOURCE_DOES_NOT_EXIST with `message` when there is no such object. */
export function requireObject<T>(all: Collection<T>, id: unknown, message: string): T {
  const found = all.get(String(id));
  if (found === undefined) throw notFound(message);
  return found;
}

/** Where a list takes its page size and token from, and how many it gives without. */
export interface ListOptions {
  /** What the token belongs to: another list, or other filters, refuse it. */
  list: string;
  size?: string;
  token?: string;
  /** Entries of a page when the request says nothing, or 0 (100). */
  usual?: number;
  /** Entries of a page at most (1000). */
  max?: number;
}

/** Answers one page of a list under `key`, with `next_page_token` while there is more. @throws ApiError for a negative size or a token of another list. */
export function listAnswer<T>(
  key: string,
  items: T[],
  query: Record<string, unknown>,
  { list, size = 'page_size', token = 'page_token', usual = 100, max = 1000 }: ListOptions,
): Answer {
  const asked = Number(query[size] ?? 0);
  if (asked < 0) throw invalid(`'${size}' must be at least 0; got ${asked}.`);
  const page = pageOf(items, { list, token: query[token] || undefined, size: Math.min(asked || usual, max) });
  const next = page.next_page_token === undefined ? {} : { next_page_token: page.next_page_token };
  return { json: { [key]: page.items, ...next } };
}

/** Makes ids by counting, such as 64-bit numbers have; they are never given twice, also after a restart. */
export function createCounter(store: Store, name: string, first: number): () => number {
  const counters = store.collection<number>('counters');
  return () => {
    const id = counters.get(name) ?? first;
    counters.put(name, id + 1);
    return id;
  };
}

/**
 * Applies an update with its mask: named fields are replaced, or removed where the update has none; `*` and no mask take every field
 * that was given. Paths such as `spec.name` replace inside.
 */
export function masked<T extends object>(old: T, changes: object, mask: unknown): T {
  const paths = typeof mask === 'string' && mask !== '' ? mask.split(',').map((path) => path.trim()) : ['*'];
  if (paths.includes('*')) return { ...old, ...changes };
  const result = structuredClone(old) as Record<string, unknown>;
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop() as string;
    let to = result;
    let from: Record<string, unknown> | undefined = changes as Record<string, unknown>;
    for (const name of names) {
      to[name] ??= {};
      to = to[name] as Record<string, unknown>;
      from = from?.[name] as Record<string, unknown> | undefined;
    }
    if (from?.[last] === undefined) delete to[last];
    else to[last] = from[last];
  }
  return result as T;
}

/** A route whose template and table have the same name. */
export function route(method: string, template: string, handle: Route['handle']): Route {
  return { method, template, handle };
}
