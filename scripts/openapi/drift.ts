import { isDeepStrictEqual } from 'node:util';
import type { Description } from './description.ts';
import { factsOf } from './operation.ts';
import { findOperation, type Overlay } from './overlay.ts';

/** What a newer description changes. */
export interface Drift {
  /** Operations that the overlay does not name, and that the older description did not have. */
  added: string[];
  /** Actions whose operations are there no more. */
  gone: string[];
  /** Actions whose facts differ, with the parts that do. */
  changed: string[];
}

const PARTS = ['input', 'request', 'output', 'scopes'] as const;

/** Compares two descriptions by what an overlay makes of them. Changes no manifest: people decide. */
export function driftOf(older: Description, newer: Description, { actions }: Overlay): Drift {
  const known = new Set(older.operations.map(({ key }) => key));
  const drift: Drift = {
    added: newer.operations.map(({ key }) => key).filter((key) => !known.has(key)),
    gone: [],
    changed: [],
  };
  for (const [name, { operation }] of Object.entries(actions)) {
    const [before, after] = [findOperation(older, operation), findOperation(newer, operation)];
    if (typeof after === 'string') {
      drift.gone.push(`${name} (${operation})`);
      continue;
    }
    if (typeof before === 'string') continue;
    const [old, now] = [factsOf(older, before), factsOf(newer, after)];
    if ('unusable' in now) drift.changed.push(`${name} (${operation}): ${now.unusable}`);
    else if (!('unusable' in old)) {
      const parts = PARTS.filter((part) => !isDeepStrictEqual(old[part], now[part]));
      if (parts.length > 0) drift.changed.push(`${name} (${operation}): ${parts.join(', ')}`);
    }
  }
  return drift;
}
