import type { TriggerHealth } from 'penstock-client';
import { countText } from '../../components/count-text.ts';
import { durationText } from '../../components/time-text.tsx';

type Lag = NonNullable<TriggerHealth['lag']>;

/** What is not delivered yet: `4 min 10 s, 12 rows`. Undefined for a trigger that has no cursor. */
export function lagText(lag: Partial<Lag> | undefined): string | undefined {
  if (lag === undefined) return undefined;
  const { seconds, rows, versions } = lag;
  const known = [seconds, rows, versions].filter((value) => typeof value === 'number');
  if (known.length === 0) return 'Unknown';
  if (known.every((value) => value === 0)) return 'Up to date';
  const parts = [
    ...(seconds ? [durationText(seconds * 1000)] : []),
    ...(rows ? [countText(rows, 'row')] : []),
    ...(versions ? [countText(versions, 'table version')] : []),
  ];
  return parts.join(', ');
}
