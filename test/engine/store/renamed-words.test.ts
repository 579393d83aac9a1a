import { expect, test } from 'vitest';
import { AUTH_EVENT_TYPES } from '../../../engine/events/event-stream.ts';
import { LIFE_EVENT_TYPES } from '../../../engine/events/life-events.ts';
import { COUNTERS, FINDINGS } from '../../../engine/store/meters.ts';
import { QUOTA_NAMES } from '../../../engine/store/quotas.ts';
import {
  RENAMED_EVENT_TYPES,
  RENAMED_METRIC_LABELS,
  RENAMED_METRICS,
  RENAMED_QUOTAS,
} from '../../../engine/store/renamed-words.ts';

test.each([
  ['event types', RENAMED_EVENT_TYPES, [...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES]],
  ['quotas', RENAMED_QUOTAS, QUOTA_NAMES],
  ['metrics', RENAMED_METRICS, Object.keys(COUNTERS)],
  ['metric labels', RENAMED_METRIC_LABELS, [...Object.keys(FINDINGS), 'webhook_endpoint', 'error']],
])('stored %s are renamed to ones that exist, from ones that do not', (_, renamed, known) => {
  expect(known).toEqual(expect.arrayContaining(Object.values(renamed)));
  for (const old of Object.keys(renamed)) expect(known).not.toContain(old);
});
