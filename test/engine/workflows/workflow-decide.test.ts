import { describe, expect, test } from 'vitest';
import type { ValidationError } from '../../../connector/errors.ts';
import type { StepState } from '../../../engine/runs/child-runs.ts';
import { decide, type Stop } from '../../../engine/workflows/workflow-decide.ts';
import { planOf } from '../../../engine/workflows/workflow-plan.ts';
import type { Step } from '../../../engine/workflows/workflow-schema.ts';

function step(id: string, more: Partial<Step> = {}): Step {
  return { id, action: 'core.transform', input: {}, on_error: 'stop', ...more };
}

function next(steps: Step[], states: Record<string, StepState>, stop?: Stop) {
  return decide(planOf({ steps }), new Map(Object.entries(states)), stop);
}

describe('a row of steps', () => {
  const steps = [step('a'), step('b'), step('c')];

  test.each<[string, Record<string, StepState>, ReturnType<typeof next>]>([
    ['begins with the first', {}, { start: ['a'] }],
    ['waits for one that is open', { a: 'open' }, { start: [] }],
    ['continues after one that has ended', { a: 'succeeded' }, { start: ['b'] }],
    ['continues after one that was skipped', { a: 'skipped' }, { start: ['b'] }],
    ['fails with one that failed', { a: 'failed' }, { start: [], end: 'failed', failure: { step: 'a' } }],
    ['fails with one that was canceled alone', { a: 'canceled' }, { start: [], end: 'failed', failure: { step: 'a' } }],
    ['ends with the last', { a: 'succeeded', b: 'succeeded', c: 'skipped' }, { start: [], end: 'succeeded' }],
  ])('%s', (_, states, decision) => {
    expect(next(steps, states)).toEqual(decision);
  });

  test('is canceled when nothing is open any more', () => {
    expect(next(steps, { a: 'open' }, 'cancel')).toEqual({ start: [] });
    expect(next(steps, { a: 'succeeded' }, 'cancel')).toEqual({ start: [], end: 'canceled' });
  });
});

describe('branches side by side', () => {
  const steps = [step('a'), step('b', { needs: ['a'] }), step('c', { needs: ['a'] }), step('d', { needs: ['b', 'c'] })];

  test('begin together and meet again', () => {
    expect(next(steps, { a: 'succeeded' }).start).toEqual(['b', 'c']);
    expect(next(steps, { a: 'succeeded', b: 'succeeded', c: 'open' }).start).toEqual([]);
    expect(next(steps, { a: 'succeeded', b: 'succeeded', c: 'succeeded' }).start).toEqual(['d']);
  });

  test('let each other end when one fails, and begin nothing more', () => {
    expect(next(steps, { a: 'succeeded', b: 'failed', c: 'open' })).toEqual({ start: [] });
    expect(next(steps, { a: 'succeeded', b: 'failed', c: 'succeeded' })).toMatchObject({
      end: 'failed',
      failure: { step: 'b' },
    });
  });
});

test('steps that need nothing begin at once', () => {
  expect(next([step('a'), step('b', { needs: [] })], {}).start).toEqual(['a', 'b']);
});

test('continues after a failure that does not matter', () => {
  expect(next([step('a', { on_error: 'continue' }), step('b')], { a: 'failed' }).start).toEqual(['b']);
});

describe('an error branch', () => {
  const branch = (then: 'stop' | 'continue') => [
    step('a', { on_error: { steps: [step('x'), step('y')], then } }),
    step('b'),
  ];

  test('is left alone when nothing fails', () => {
    expect(next(branch('stop'), { a: 'succeeded' }).start).toEqual(['b']);
    expect(next(branch('stop'), { a: 'succeeded', b: 'succeeded' }).end).toBe('succeeded');
  });

  test('is done before the workflow fails', () => {
    expect(next(branch('stop'), { a: 'failed' })).toEqual({ start: ['x'] });
    expect(next(branch('stop'), { a: 'failed', x: 'succeeded' })).toEqual({ start: ['y'] });
    expect(next(branch('stop'), { a: 'failed', x: 'succeeded', y: 'succeeded' })).toMatchObject({
      end: 'failed',
      failure: { step: 'a' },
    });
  });

  test('is done before the workflow continues', () => {
    expect(next(branch('continue'), { a: 'failed', x: 'succeeded' })).toEqual({ start: ['y'] });
    expect(next(branch('continue'), { a: 'failed', x: 'succeeded', y: 'succeeded' })).toEqual({ start: ['b'] });
  });

  test('that fails itself ends the workflow', () => {
    expect(next(branch('continue'), { a: 'failed', x: 'failed' })).toMatchObject({
      end: 'failed',
      failure: { step: 'a' },
    });
  });
});

describe('a plan', () => {
  const validationErrorsOf = (steps: Step[]) => {
    const validationErrors: ValidationError[] = [];
    planOf({ steps }, validationErrors);
    return validationErrors.map(({ pointer, message }) => `${pointer} ${message}`);
  };

  test.each<[string, Step[], string]>([
    [
      'a circle',
      [step('a', { needs: ['b'] }), step('b', { needs: ['a'] })],
      '/steps/0/needs has a cycle: a needs b needs a',
    ],
    ['a step that needs itself', [step('a', { needs: ['a'] })], '/steps/0/needs has a cycle: a needs a'],
    ['an unknown step', [step('a'), step('b', { needs: ['z'] })], '/steps/1/needs/0 "z" is not a step'],
    ['an id that is there twice', [step('a'), step('a')], '/steps/1/id "a" is the id of another step'],
    [
      'a step of another branch',
      [step('a', { on_error: { steps: [step('x', { needs: ['a'] })], then: 'stop' } })],
      '/steps/0/on_error/steps/0/needs/0 "a" is in a different branch; a step can only need steps of its own branch',
    ],
    [
      'a branch of a branch',
      [
        step('a', {
          on_error: { steps: [step('x', { on_error: { steps: [step('y')], then: 'stop' } })], then: 'stop' },
        }),
      ],
      '/steps/0/on_error/steps/0/on_error must be stop or continue: error branches and on_failure cannot have branches of their own',
    ],
  ])('refuses %s', (_, steps, fault) => {
    expect(validationErrorsOf(steps)).toContain(fault);
  });

  test('knows what has surely ended before a step', () => {
    const plan = planOf({ steps: [step('a'), step('b', { needs: [] }), step('c', { needs: ['a'] })] });

    expect(plan.before('c')).toEqual(['a']);
    expect(plan.before('b')).toEqual([]);
  });
});

describe('steps of on_failure', () => {
  const steps = [step('a'), step('b')];
  const plan = planOf({ steps, on_failure: { steps: [step('tell'), step('clean')] } });
  const decided = (states: Record<string, StepState>, stop?: Stop) =>
    decide(plan, new Map(Object.entries(states)), stop);

  test('begin when the rest has ended in failure, one after the other, and the run fails after them', () => {
    const failure = { step: 'a' };

    expect(decided({ a: 'failed' })).toEqual({ start: ['tell'], failure });
    expect(decided({ a: 'failed', tell: 'open' })).toEqual({ start: [], failure });
    expect(decided({ a: 'failed', tell: 'succeeded' })).toEqual({ start: ['clean'], failure });
    expect(decided({ a: 'failed', tell: 'succeeded', clean: 'succeeded' })).toEqual({
      start: [],
      end: 'failed',
      failure,
    });
  });

  test('are not begun by one another', () => {
    expect(decided({ a: 'failed', tell: 'failed' })).toEqual({ start: [], end: 'failed', failure: { step: 'a' } });
  });

  test('do nothing for a run that succeeds or is canceled', () => {
    expect(decided({ a: 'succeeded', b: 'succeeded' })).toEqual({ start: [], end: 'succeeded' });
    expect(decided({ a: 'canceled' }, 'cancel')).toEqual({ start: [], end: 'canceled' });
    expect(decided({ a: 'failed', tell: 'open' }, 'cancel')).toEqual({ start: [] });
  });

  test('begin for a run that was given up at its time limit', () => {
    expect(decided({ a: 'canceled' }, 'timeout')).toEqual({ start: ['tell'], failure: 'timeout' });
  });
});
