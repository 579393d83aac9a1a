import { expect, test } from 'vitest';
import { type JsonObject, placeAround } from '../../../web/src/builder/document.ts';
import {
  FAILURE_NODE,
  graphOf,
  layoutOf,
  lineAlong,
  MARKS_HEIGHT,
  NODE_HEIGHT,
  NODE_WIDTH,
  TRIGGER_NODE,
} from '../../../web/src/builder/graph.ts';
import { change, redo, startHistory, undo } from '../../../web/src/builder/history.ts';
import { freshId, idProblem } from '../../../web/src/builder/ids.ts';
import { rootsOf } from '../../../web/src/builder/references.ts';
import { relocate } from '../../../web/src/builder/relocate.ts';
import { accountsOf, copySteps, importFile, pasteSteps, readSteps } from '../../../web/src/builder/transfer.ts';
import { valueAt, withValueAt } from '../../../web/src/data/pointer.ts';

const step = (id: string, more: object = {}): JsonObject => ({ id, action: 'core.transform', input: {}, ...more });
const branch = { steps: [step('tell')], then: 'stop' };
const document: JsonObject = {
  trigger: { id: 'core.manual', linked_account: 'demo' },
  steps: [
    step('a'),
    step('b', { on_error: branch, linked_account: '{{ run.linked_account }}' }),
    step('c', { needs: ['a'] }),
  ],
  on_failure: { steps: [step('mail', { linked_account: 'demo' })] },
};

test('the drawing has an edge for each need and each branch, and no two nodes overlap', () => {
  const graph = graphOf(document);

  expect(graph.edges).toEqual([
    { from: TRIGGER_NODE, to: 'a', kind: 'needs' },
    { from: 'a', to: 'b', kind: 'needs' },
    { from: 'b', to: 'tell', kind: 'error' },
    { from: 'a', to: 'c', kind: 'needs' },
    { from: FAILURE_NODE, to: 'mail', kind: 'error' },
  ]);
  const { places, routes } = layoutOf(graph);
  expect([...places.keys()]).toEqual(graph.nodes);
  expect(layoutOf(graphOf(structuredClone(document)))).toEqual({ places, routes });
  expect(places.get('a')!.y).toBeGreaterThan(places.get(TRIGGER_NODE)!.y);
  const all = [...places.values()];
  for (const [i, one] of all.entries()) {
    for (const other of all.slice(i + 1)) {
      expect(Math.abs(one.x - other.x) >= NODE_WIDTH || Math.abs(one.y - other.y) >= NODE_HEIGHT).toBe(true);
    }
  }
});

test('a line that passes a layer goes beside its boxes, and its middle is free for a button', () => {
  const steps = [step('a', { if: '{{ true }}' }), step('b'), step('c', { needs: ['a', 'b'] })];
  const { places, routes } = layoutOf(graphOf({ steps }));
  const [a, b, c] = ['a', 'b', 'c'].map((id) => places.get(id)!);
  const turns = routes.get('a c')!;
  const { path, middle } = lineAlong([{ x: 0, y: a!.y + a!.height }, ...turns, { x: 0, y: c!.y }]);

  expect([a!.height, b!.height]).toEqual([NODE_HEIGHT + MARKS_HEIGHT, NODE_HEIGHT]);
  expect(turns.map(({ y }) => y)).toEqual([...turns.map(({ y }) => y)].sort((one, other) => one - other));
  for (const { y } of turns) expect(y < b!.y || y > b!.y + b!.height).toBe(true);
  expect(middle.y).toBeGreaterThan(b!.y);
  expect(middle.y).toBeLessThan(b!.y + b!.height);
  expect(middle.x < b!.x - 12 || middle.x > b!.x + NODE_WIDTH + 12).toBe(true);
  expect(path).toMatch(/^M0,\d+L[^NaN]*$/);
});

test('a circle and a need that leads nowhere are drawn, not refused', () => {
  const circle = { steps: [step('a', { needs: ['b', 'gone', 'a'] }), step('b', { needs: ['a'] })] };

  expect(graphOf(circle).edges).toEqual([
    { from: 'b', to: 'a', kind: 'needs' },
    { from: 'a', to: 'b', kind: 'needs' },
  ]);
  expect(layoutOf(graphOf(circle)).places.size).toBe(3);
});

test('undo and redo are over the whole value; typing in one place is one step', () => {
  let history = startHistory('a');
  history = change(history, 'ab', '/name', 0);
  history = change(history, 'abc', '/name', 500);
  history = change(history, 'abcd', '/name', 5_000);
  history = change(history, 'x', undefined, 5_100);

  expect(undo(history).value).toBe('abcd');
  expect(undo(undo(undo(history))).value).toBe('a');
  expect(undo(undo(undo(undo(history)))).value).toBe('a');
  expect(redo(undo(history)).value).toBe('x');
  expect(change(undo(history), 'y', undefined, 6_000).future).toEqual([]);
  expect(change(history, 'x', undefined, 7_000)).toBe(history);
});

test('a pointer changes one place and nothing else', () => {
  const changed = withValueAt(document, '/steps/1/input/a~1b', 7);

  expect(valueAt(changed, '/steps/1/input/a~1b')).toBe(7);
  expect((changed.steps as unknown[])[0]).toBe((document.steps as unknown[])[0]);
  expect(withValueAt(changed, '/steps/1/input/a~1b', undefined)).toEqual(document);
  expect(Object.keys(withValueAt({ a: 1, b: 2 }, '/a', 3))).toEqual(['a', 'b']);
  expect(valueAt({ a: 1 }, '/toString')).toBeUndefined();
});

test('an error of the check belongs to the innermost step', () => {
  expect(placeAround(document, '/steps/1/on_error/steps/0/input/x')?.key).toBe('tell');
  expect(placeAround(document, '/steps/1/on_error/then')?.key).toBe('b');
  expect(placeAround(document, '/trigger/input')).toBeUndefined();
});

test.each([
  ['query', undefined],
  ['a', '"a" is the id of another step'],
  ['Query', 'must begin with a small letter'],
  ['', 'must begin with a small letter'],
  ['x'.repeat(61), 'at most 60'],
])('the id "%s" is judged', (id, problem) => {
  const said = idProblem(id, new Set(['a']));

  if (problem === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(problem);
});

test('ids of new steps are made of the action and are free', () => {
  expect(freshId('databricks.run_job', new Set(['run_job', 'run_job_2']))).toBe('run_job_3');
  expect(freshId('2 Ünsinn', new Set())).toMatch(/^step_[a-z0-9_]+$/);
});

test('what is copied can be pasted into another document, and again into its own', () => {
  const text = copySteps(document, ['a', 'b']);
  const steps = (readSteps(text) as { value: JsonObject[] }).value;

  const pasted = pasteSteps(document, { list: '/steps', after: 'c' }, steps);

  expect(pasted).toMatchObject({ value: { key: 'a_2' } });
  const { document: after } = (pasted as { value: { document: JsonObject } }).value;
  expect((after.steps as JsonObject[]).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'a_2', 'b_2']);
  expect(valueAt(after, '/steps/4/on_error/steps/0/id')).toBe('tell_2');
});

test.each([
  ['garbage', 'zzz {', 'not JSON'],
  ['another JSON', '{"rows": [1]}', 'no steps'],
  ['a list of numbers', '[1, 2]', 'no steps'],
  ['nothing', '', 'not JSON'],
  ['2 MB', JSON.stringify([step('a', { input: { x: 'y'.repeat(2_000_000) } })]), 'too long'],
  ['a number that would be rounded', '{"action": "x", "input": {"id": 0.1234567890123456789}}', 'loses digits'],
])('a paste of %s says what is wrong', (_, text, problem) => {
  expect(readSteps(text)).toMatchObject({ problem: expect.stringContaining(problem) });
});

test('steps are copied and pasted with all digits of their numbers', () => {
  const steps = [step('a', { input: { id: 9007199254740993n } })];

  const text = copySteps({ steps }, ['a']);

  expect(text).toContain('"id": 9007199254740993\n');
  expect(readSteps(text)).toEqual({ value: steps });
});

test('a paste that makes a workflow too long is refused', () => {
  const steps = Array.from({ length: 97 }, (_, i) => step(`s${i}`));

  expect(pasteSteps(document, { list: '/steps' }, steps)).toMatchObject({ problem: expect.stringContaining('102') });
});

test('an imported file names the accounts to choose again', () => {
  const read = importFile(JSON.stringify({ ...document, enabled: true, future: 1 }));

  expect(read).toEqual({ value: { document: { ...document, future: 1 }, accounts: ['demo'] } });
  expect(accountsOf({})).toEqual([]);
  expect(importFile('[]')).toMatchObject({ problem: expect.stringContaining('no workflow') });
});

test.each([
  ['{{ trigger.item & steps.a.output }}', ['trigger', 'steps']],
  ['{{ $count(steps) }} {{ $$.run.id }}', ['steps *', 'run']],
  ['item \\{{ secrets }}', []],
  ['{{ rows[item = 1] }}', ['rows', 'item']],
])('%s reads at the root', (template, roots) => {
  expect([...rootsOf(template)]).toEqual(roots);
});

test('what a check found stays with its step, and goes with its value', () => {
  const moved = { ...document, steps: [step('new'), ...(document.steps as JsonObject[])] };

  expect(relocate('/steps/1/on_error/steps/0/input/x', document, moved)).toBe('/steps/2/on_error/steps/0/input/x');
  expect(relocate('/trigger/linked_account', document, moved)).toBe('/trigger/linked_account');
  expect(relocate('/steps/0/action', document, withValueAt(document, '/steps/0/action', 'other'))).toBeUndefined();
  expect(relocate('/steps/0/action', document, { ...document, steps: [] })).toBeUndefined();
});
