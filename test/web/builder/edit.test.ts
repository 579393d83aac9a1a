import { expect, test } from 'vitest';
import { type JsonObject, placesOf } from '../../../web/src/builder/document.ts';
import {
  branchList,
  duplicateStep,
  endOf,
  insertSteps,
  moveStep,
  newStep,
  possibleNeeds,
  removeStep,
  renameStep,
  setAfterError,
  setNeeds,
} from '../../../web/src/builder/edit.ts';

const step = (id: string, more: object = {}): JsonObject => ({ id, action: 'core.transform', input: {}, ...more });
const chain: JsonObject = { name: 'w', trigger: { id: 'core.manual' }, steps: [step('a'), step('b'), step('c')] };
const needsOf = (document: JsonObject) => Object.fromEntries(placesOf(document).map(({ key, needs }) => [key, needs]));
const order = (document: JsonObject) => placesOf(document).map(({ key }) => key);

test('a step added at the end follows the last one, without a word of needs', () => {
  const added = insertSteps(chain, endOf(chain), [newStep(chain, 'databricks.run_job')]);

  expect((added.steps as JsonObject[])[3]).toEqual({ id: 'run_job', action: 'databricks.run_job', input: {} });
  expect(needsOf(added)).toEqual({ a: [], b: ['a'], c: ['b'], run_job: ['c'] });
});

test('a step added to nothing is the first one', () => {
  const empty = { name: 'w', trigger: { id: 'core.manual' }, steps: [] };

  expect(insertSteps(empty, endOf(empty), [step('a')]).steps).toEqual([step('a')]);
});

test('a step on an edge comes between the two, and other followers stay', () => {
  const fork = { ...chain, steps: [step('a'), step('b'), step('c', { needs: ['a'] })] };

  const added = insertSteps(fork, { list: '/steps', after: 'a', before: 'c' }, [step('x')]);

  expect(needsOf(added)).toEqual({ a: [], x: ['a'], b: ['a'], c: ['x'] });
});

test('a step on the edge of the trigger comes first', () => {
  const added = insertSteps(chain, { list: '/steps', before: 'a' }, [step('x')]);

  expect(needsOf(added)).toEqual({ x: [], a: ['x'], b: ['a'], c: ['b'] });
  expect(added.steps).toEqual([step('x'), step('a'), step('b'), step('c')]);
});

test.each([
  ['the first', 'a', { b: [], c: ['b'] }],
  ['the middle', 'b', { a: [], c: ['a'] }],
  ['the last', 'c', { a: [], b: ['a'] }],
])('what waited for %s step waits for what it waited for', (_, key, needs) => {
  expect(needsOf(removeStep(chain, key))).toEqual(needs);
});

test('removing between explicit and implied needs changes nobody else', () => {
  const mixed = { ...chain, steps: [step('a'), step('b'), step('c', { needs: ['a'] }), step('d')] };

  expect(needsOf(removeStep(mixed, 'c'))).toEqual({ a: [], b: ['a'], d: ['a'] });
});

test('a copy follows its original, under ids of its own, and reads its own branch', () => {
  const branch = { steps: [step('tell', { input: { text: '{{ steps.b.error.message }}' } })], then: 'stop' };
  const document = { ...chain, steps: [step('a'), step('b', { on_error: branch }), step('c')] };

  const { document: copied, key } = duplicateStep(document, 'b');

  expect(key).toBe('b_2');
  expect(needsOf(copied)).toEqual({ a: [], b: ['a'], tell: [], b_2: ['b'], tell_2: [], c: ['b_2'] });
  expect(JSON.stringify(placesOf(copied).find((each) => each.key === 'tell_2')!.step)).toContain('steps.b_2.error');
});

test('steps of a chain change places in the order of running', () => {
  const moved = moveStep(chain, 'b', -1);

  expect(order(moved)).toEqual(['b', 'a', 'c']);
  expect(needsOf(moved)).toEqual({ b: [], a: ['b'], c: ['a'] });
  expect(moved.steps).toEqual([step('b'), step('a'), step('c')]);
  expect(moveStep(moved, 'b', 1)).toEqual(chain);
  expect(moveStep(chain, 'a', -1)).toBe(chain);
});

test('steps side by side only change places in the document', () => {
  const fork = { ...chain, steps: [step('a'), step('b'), step('c', { needs: ['a'] }), step('d')] };

  const moved = moveStep(fork, 'c', -1);

  expect(order(moved)).toEqual(['a', 'c', 'b', 'd']);
  expect(needsOf(moved)).toEqual(needsOf(fork));
});

test('a step cannot run after one that waits for it', () => {
  expect(possibleNeeds(chain, 'b').map(({ id }) => id)).toEqual(['a']);
  expect(possibleNeeds(chain, 'c').map(({ id }) => id)).toEqual(['a', 'b']);
  expect(needsOf(setNeeds(chain, 'c', ['a']))).toEqual({ a: [], b: ['a'], c: ['a'] });
  expect(setNeeds(setNeeds(chain, 'c', []), 'c', ['b'])).toEqual(chain);
});

test('needs and expressions follow a new id, texts of others do not', () => {
  const document = {
    ...chain,
    steps: [
      step('a'),
      step('b', { input: { value: '{{ steps.a.output.a }} \\{{ steps.a }} a', key: '{{ $$.steps.`a`.status }}' } }),
      step('c', {
        needs: ['a'],
        if: '{{ "steps.a" = trigger.steps.a and steps.a_b }}',
        input: { x: '{{ /steps.a/ }}' },
      }),
    ],
    on_failure: {
      steps: [
        step('tell', { input: { at: '{{ run.approvals.a }}{{ steps.a.error }}', all: '{{ $lookup(steps, "a") }}' } }),
      ],
    },
  };

  const { document: renamed, left } = renameStep(document, 'a', 'z');

  expect(left).toBe(1);
  expect(renamed.steps).toEqual([
    step('z'),
    step('b', { input: { value: '{{ steps.z.output.a }} \\{{ steps.a }} a', key: '{{ $$.steps.z.status }}' } }),
    step('c', { needs: ['z'], if: '{{ "steps.a" = trigger.steps.a and steps.a_b }}', input: { x: '{{ /steps.a/ }}' } }),
  ]);
  expect(JSON.stringify(renamed.on_failure)).toContain('{{ run.approvals.z }}{{ steps.z.error }}');
});

test('a branch begins with its first step and ends with its last', () => {
  const list = branchList(chain, 'b')!;
  const with1 = insertSteps(setAfterError(chain, 'b', 'continue'), endOf(chain, list), [step('tell')]);
  expect(placesOf(with1).find(({ key }) => key === 'tell')).toMatchObject({ branchOf: 'b', needs: [] });
  expect((with1.steps as JsonObject[])[1]!.on_error).toEqual({ steps: [step('tell')], then: 'continue' });

  expect(removeStep(with1, 'tell')).toEqual(setAfterError(chain, 'b', 'continue'));
  expect(branchList(with1, 'tell')).toBeUndefined();
  const failing = insertSteps(chain, endOf(chain, branchList(chain, '')), [step('mail')]);
  expect(failing.on_failure).toEqual({ steps: [step('mail')] });
  expect(removeStep(failing, 'mail')).toEqual(chain);
});

test('what the app would not make is kept', () => {
  const odd = { ...chain, future: { x: 1 }, steps: [step('a', { color: 'red' }), 7, { note: 'no id' }, step('a')] };
  expect(order(odd)).toEqual(['a', '/steps/2', '/steps/3']);

  const added = insertSteps(odd, endOf(odd), [step('b')]);

  expect(added.future).toEqual({ x: 1 });
  expect(added.steps).toContain(7);
  expect((added.steps as JsonObject[])[0]).toEqual(step('a', { color: 'red' }));
  expect(placesOf({ steps: 'none', on_failure: null })).toEqual([]);
});
