import type { Condition, Json } from './manifest.ts';
import { readPath } from './template.ts';

/** Whether every path of the condition has one of its values; what is missing is null; a condition without paths never holds. */
export function holds(condition: Condition, body: unknown): boolean {
  const paths = Object.keys(condition);
  return paths.length > 0 && paths.every((path) => condition[path]!.includes((readPath(body, path) ?? null) as Json));
}
