import { withValueAt } from '../../connector/json-pointer.ts';

/** As `withValue`, of a value in whose place a preview stood: what is beside it no longer says that. */
export function withWhole(
  target: unknown,
  ref: { is_preview?: boolean },
  parts: readonly string[],
  value: unknown,
): unknown {
  const whole = withValueAt(target, parts, value);
  if (ref.is_preview !== true) return whole;
  return withValueAt(whole, [...parts.slice(0, -1), 'preview'], false);
}
