import { holds } from '../connector/condition.ts';
import type { AwaitManifest, Condition } from '../connector/manifest.ts';

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
