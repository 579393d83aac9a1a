import { LRUCache } from 'lru-cache';
import type { Parameter } from '../parameters.ts';
import type { Query } from './ast.ts';

/** Longer statements are parsed again: they hold data, and come once. */
const MAX_TEXT = 20_000;

/** Parsed queries by text and parameters: what polls and pages ask again and again. A tree is never changed once it is read. */
const parsed = new LRUCache<string, Query>({ max: 1000 });

/** What a query is kept by, or undefined for one that is too long. */
export function cacheKey(sql: string, parameters: Parameter[]): string | undefined {
  if (sql.length > MAX_TEXT) return undefined;
  return parameters.length === 0 ? sql : `${sql}\u0000${JSON.stringify(parameters)}`;
}

/** The query that was parsed from the same text before. */
export function parsedBefore(key: string | undefined): Query | undefined {
  return key === undefined ? undefined : parsed.get(key);
}

/** Keeps a parsed query. */
export function keepParsed(key: string | undefined, query: Query): void {
  if (key !== undefined) parsed.set(key, query);
}
