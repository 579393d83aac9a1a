import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../connector/errors.ts';
import type { Context } from '../../../engine/context.ts';
import { hasHappened } from '../../../engine/replay/happened.ts';
import type { Run } from '../../../engine/runs/run.ts';
import { testClock } from '../../context.ts';
import { newRun } from '../new-run.ts';

/** The runs of actions tell it by themselves: nothing is read. */
const ctx = { clock: testClock() } as unknown as Context;

const launch = (fields: Partial<Run['launches'][number]>) =>
  [{ number: 1, outcome: 'failed', ...fields }] as Run['launches'];
const error = (code: ErrorCode, status?: number) =>
  ({ code, kind: 'failed', message: 'm', ...(status === undefined ? {} : { upstream: { status } }) }) as Run['error'];

test.each<[boolean, string, Record<string, unknown>]>([
  [true, 'succeeded', { status: 'succeeded', effect: 'safe' }],
  [false, 'a step that was skipped', { status: 'succeeded', skipped: true }],
  [false, 'a launch that was refused', { effect: 'once', launches: launch({}) }],
  [true, 'a launch that failed at the service', { effect: 'once', launches: launch({ handle: { run_id: 1 } }) }],
  [true, 'a launch without an answer', { effect: 'token', launches: launch({ outcome: 'unknown' }) }],
  [false, 'nothing was launched', { effect: 'token', launches: [], attempts: 3 }],
  [false, 'a failed read', { effect: 'safe', attempts: 1, error: error('ERR_NO_ANSWER') }],
  [true, 'a change without an answer', { effect: 'idempotent', attempts: 1, error: error('ERR_NO_ANSWER') }],
  [true, 'a change that was stopped without an error', { effect: 'idempotent', attempts: 1, status: 'canceled' }],
  [false, 'a change that was never tried', { effect: 'idempotent', attempts: 0, error: error('ERR_NO_ANSWER') }],
  [
    false,
    'a change that was refused with 400',
    { effect: 'idempotent', attempts: 1, error: error('ERR_UPSTREAM', 400) },
  ],
  [
    false,
    'a change that was refused with 499',
    { effect: 'idempotent', attempts: 1, error: error('ERR_UPSTREAM', 499) },
  ],
  [
    true,
    'a change that was answered with 500',
    { effect: 'idempotent', attempts: 1, error: error('ERR_UPSTREAM', 500) },
  ],
  ...(
    ['ERR_NOT_SENT', 'ERR_INPUT_INVALID', 'ERR_EXPRESSION', 'ERR_NO_AUTHENTICATION', 'ERR_NEEDS_REAUTH'] as const
  ).map((code): [boolean, string, Record<string, unknown>] => [
    false,
    `a change that ended with ${code}`,
    { effect: 'idempotent', attempts: 1, error: error(code) },
  ]),
])('%s: %s', async (expected, _title, fields) => {
  expect(await hasHappened(ctx, { ...newRun(ctx), status: 'failed', ...fields } as unknown as Run)).toBe(expected);
});

test('a run that never was did nothing', async () => {
  expect(await hasHappened(ctx, undefined)).toBe(false);
});
