import { expect, test } from 'vitest';
import type { StepState } from '../../../engine/runs/child-runs.ts';
import { type LoopProgress, stepOfLoop } from '../../../engine/workflows/loop-progress.ts';

const LOOP = { items: 5, concurrency: 2, on_error: 'stop', isCanceled: false } as const;
const START: LoopProgress = { next: 0, open: [], failed: 0 };

test.each<[string, LoopProgress, StepState[], object, LoopProgress, number[], boolean]>([
  ['begins as many as at once', START, [], {}, { next: 2, open: [0, 1], failed: 0 }, [0, 1], false],
  [
    'begins one for each that ended',
    { next: 2, open: [0, 1], failed: 0 },
    ['succeeded', 'open'],
    {},
    { next: 3, open: [1, 2], failed: 0 },
    [2],
    false,
  ],
  [
    'begins again what a crash left without a run',
    { next: 2, open: [0, 1], failed: 0 },
    ['none', 'open'],
    {},
    { next: 2, open: [0, 1], failed: 0 },
    [0],
    false,
  ],
  [
    'counts a skipped item as ended',
    { next: 5, open: [4], failed: 0 },
    ['skipped'],
    {},
    { next: 5, open: [], failed: 0 },
    [],
    true,
  ],
  [
    'stops at a failure and waits for what is open',
    { next: 2, open: [0, 1], failed: 0 },
    ['failed', 'open'],
    {},
    { next: 2, open: [1], failed: 1 },
    [],
    false,
  ],
  [
    'is done after a failure, with items that never began',
    { next: 2, open: [1], failed: 1 },
    ['succeeded'],
    {},
    { next: 2, open: [], failed: 1 },
    [],
    true,
  ],
  [
    'drops what has no run when it stops',
    { next: 2, open: [0, 1], failed: 0 },
    ['canceled', 'none'],
    {},
    { next: 2, open: [], failed: 1 },
    [],
    true,
  ],
  [
    'goes past failures',
    { next: 2, open: [0, 1], failed: 0 },
    ['failed', 'canceled'],
    { on_error: 'continue' },
    { next: 4, open: [2, 3], failed: 2 },
    [2, 3],
    false,
  ],
  [
    'begins nothing when it is canceled',
    { next: 2, open: [0, 1], failed: 0 },
    ['open', 'none'],
    { isCanceled: true },
    { next: 2, open: [0], failed: 0 },
    [],
    false,
  ],
  [
    'begins no more than there are',
    { next: 4, open: [3], failed: 0 },
    ['open'],
    { concurrency: 9 },
    { next: 5, open: [3, 4], failed: 0 },
    [4],
    false,
  ],
])('a loop %s', (_, before, states, more, progress, start, isDone) => {
  expect(stepOfLoop(before, states, { ...LOOP, ...more })).toEqual({ progress, start, isDone });
});
