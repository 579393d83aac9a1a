import type { AwaitManifest, Condition, Json } from '../connector/manifest.ts';
import { readPath } from '../connector/template.ts';

export type Verdict = 'success' | 'failure' | 'pending';

/** How a remote operation stands: success is tried first, then failure; whatever is neither is pending, also an unknown state. */
export function judge({ success, failure }: Pick<AwaitManifest, 'success' | 'failure'>, body: unknown): Verdict {
  if (anyHolds(success, body)) return 'success';
  return anyHolds(failure, body) ? 'failure' : 'pending';
}

function anyHolds(conditions: Condition | Condition[], body: unknown): boolean {
  return [conditions].flat().some((condition) => holds(condition, body));
}

/** Every path that the conditions look at. */
export function pathsOf(conditions: Condition | Condition[]): string[] {
  return [conditions].flat().flatMap((condition) => Object.keys(condition));
}

/** Whether every path of the condition has one of its values; what is missing is null; a condition without paths never holds. */
export function holds(condition: Condition, body: unknown): boolean {
  const paths = Object.keys(condition);
  return paths.length > 0 && paths.every((path) => condition[path]!.includes((readPath(body, path) ?? null) as Json));
}
