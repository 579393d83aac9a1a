import type { AwaitManifest, Condition, Json } from '../connector/manifest.ts';
import { readPath } from '../connector/template.ts';

export type Verdict = 'success' | 'failure' | 'pending';

/** How a remote operation stands: success is tried first, then failure; whatever is neither is pending, also an unknown state. */
export function judge({ success, failure }: Pick<AwaitManifest, 'success' | 'failure'>, body: unknown): Verdict {
  if (holds(success, body)) return 'success';
  return holds(failure, body) ? 'failure' : 'pending';
}

/** Whether every path of the condition has one of its values; a condition without paths never holds. */
export function holds(condition: Condition, body: unknown): boolean {
  const paths = Object.keys(condition);
  return paths.length > 0 && paths.every((path) => condition[path]!.includes(readPath(body, path) as Json));
}
