import { createBoundedCache } from '../../connector/bounded-cache.ts';
import { superLinear } from '../limits/check-regexes.ts';

/**
 * Descriptions have few patterns and repeat them at every field: Microsoft's have one at each date. To look at one takes milliseconds,
 * which made hours of a description with a million dates.
 */
const known = createBoundedCache<{ reason: string | undefined }>(4_000_000);

/** Why a pattern cannot be in a manifest, such as `exponential`; undefined for one that takes linear time. */
export function reasonAgainst(pattern: string): string | undefined {
  const found = known.get(pattern) ?? { reason: look(pattern) };
  known.set(pattern, found);
  return found.reason;
}

function look(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return superLinear({ source: pattern, flags: 'u' });
  } catch {
    return 'no regular expression of JavaScript';
  }
}
