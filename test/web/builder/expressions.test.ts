import { expect, test } from 'vitest';
import { doTask } from '../../../engine/expressions/batch.ts';
import { checkExpressions } from '../../../engine/expressions/check.ts';
import { completionsAt, neededFor } from '../../../web/src/builder/completions.ts';
import { type Datum, membersOf, pathText, readableSteps, sampleText, typeOf } from '../../../web/src/builder/data.ts';
import type { JsonObject } from '../../../web/src/builder/document.ts';
import { findPlaces, functionHelp } from '../../../web/src/builder/functions.ts';
import { knownOf } from '../../../web/src/builder/known.ts';
import { typedPathAt } from '../../../web/src/builder/typed-path.ts';

const trigger = {
  rows: [
    { n: 1, 'my name': 'Ada' },
    { n: 2, late: true },
  ],
  empty: null,
};
const output: Datum = {
  value: { total: 3 },
  schema: { properties: { total: { type: 'integer' }, rows: { type: 'array', items: { properties: { id: {} } } } } },
};
const root: Datum = {
  members: {
    trigger: { value: trigger },
    steps: { members: { query: { members: { output } } } },
    variables: { value: { region: 'eu' } },
  },
};

/** The cursor is where `|` stands. */
function typedAt(text: string) {
  return typedPathAt(text.replace('|', ''), text.indexOf('|'));
}

function labelsAt(text: string): string[] | undefined {
  const typed = typedAt(text);
  return typed && completionsAt(typed, root).flatMap(({ label, kind }) => (kind === 'data' ? label : []));
}

test.each([
  ['{{ | }}', ['trigger', 'steps', 'variables']],
  ['{{ tri| }}', ['trigger', 'steps', 'variables']],
  ['{{ trigger.| }}', ['rows', 'empty']],
  ['{{ trigger.rows.| }}', ['n', 'my name', 'late']],
  ['{{ trigger.rows[0].m| }}', ['n', 'my name', 'late']],
  ['{{ trigger . rows [n > 1] . | }}', ['n', 'my name', 'late']],
  ['{{ trigger.rows[| }}', ['n', 'my name', 'late', 'trigger', 'steps', 'variables']],
  ['{{ trigger.rows[n = trigger.| }}', ['rows', 'empty']],
  ['{{ steps.query.output.| }}', ['total', 'rows']],
  ['{{ steps.query.output.rows.| }}', ['id']],
  ['{{ $$.trigger.| }}', ['rows', 'empty']],
  ['{{ $sum(trigger.rows.|) }}', ['n', 'my name', 'late']],
  ['Hello {{ variables.| }} and {{ trigger.x }}', ['region']],
  ['{{ trigger.none.| }}', []],
])('names at %s', (text, labels) => {
  expect(labelsAt(text)).toEqual(labels);
});

test.each(['Hello |', '{{ "trigger.|" }}', '{{ 1.| }}', '{{ $sum(x).| }}', '{{ /* trigger.| */ 1 }}', '{{ a }} |'])(
  'no names at %s',
  (text) => {
    expect(labelsAt(text) ?? []).toEqual([]);
  },
);

test('functions are those of the evaluator, and what is needed are the steps that the path names', () => {
  const options = completionsAt(typedAt('{{ $su| }}')!, root);
  expect(options.map(({ label }) => label)).toEqual(expect.arrayContaining(['$sum', '$substring', '$fromMillis']));
  expect(options.find(({ label }) => label === '$sum')).toMatchObject({ apply: '$sum(' });

  expect(typedAt('{{ $su| }}')!.from).toBe(3);
  expect(neededFor(typedAt('{{ steps.query.output.| }}')!, [])).toEqual(['query']);
  expect(neededFor(typedAt('{{ trigger.rows[steps.a.x.| }}')!, [])).toEqual(['a', 'trigger']);
  expect(neededFor(typedAt('{{ item.| }}')!, ['query'])).toEqual(['query']);
});

test('a name that is none in JSONata is written in back-ticks, and values are shown in one line', () => {
  const rows = membersOf(root).find(({ name }) => name === 'trigger')!.datum;
  const [list] = membersOf(rows);

  expect(pathText(['trigger', 'rows', 'my name', 'in'])).toBe('trigger.rows.`my name`.`in`');
  expect([typeOf(list!.datum), sampleText(list!.datum)]).toEqual(['list', '2 items']);
  expect(sampleText({ value: 'x'.repeat(100) })).toHaveLength(82);
  expect(typeOf({ schema: { type: ['string', 'null'] } })).toBe('text');
});

test('a step reads the steps that have surely ended before it', () => {
  const step = (id: string, more: object = {}): JsonObject => ({ id, action: 'core.transform', ...more });
  const document: JsonObject = {
    steps: [
      step('a'),
      step('b', { on_error: { steps: [step('tell'), step('more')] } }),
      step('beside', { needs: ['a'] }),
      step('last', { needs: ['b'] }),
    ],
    on_failure: { steps: [step('mail')] },
  };

  expect(readableSteps(document, 'a')).toEqual([]);
  expect(readableSteps(document, 'last')).toEqual(['a', 'b']);
  expect(readableSteps(document, 'more')).toEqual(['a', 'b', 'tell']);
  expect(readableSteps(document, 'beside')).toEqual(['a']);
  expect(readableSteps(document, 'mail')).toEqual(['a', 'b', 'beside', 'last']);
});

test('a misspelt name is told as the check of the workflow tells it', async () => {
  const document: JsonObject = {
    variables: { region: 1 },
    steps: [
      { id: 'a', action: 'x' },
      { id: 'b', action: 'x' },
    ],
  };
  const parse = async (sources: string[]) => {
    const done = await doTask({ parse: sources });
    return 'parsed' in done ? done.parsed : [];
  };
  const messages = async (template: string, key: string) =>
    (await checkExpressions(template, '', { known: knownOf(document, key, true), parse })).map(
      ({ message }) => message,
    );

  expect(await messages('{{ steps.a.output.x & variables.region }}', 'b')).toEqual([]);
  expect(await messages('{{ variables.regoin }}', 'b')).toEqual([expect.stringContaining('did you mean "region"')]);
  expect(await messages('{{ steps.b.output }}', 'a')).toEqual([expect.stringContaining('does not surely end before')]);
  expect(await messages('{{ item.n }}', 'b')).toEqual([expect.stringContaining('only inside for_each')]);
});

test.each([
  ['rows of a trigger', root, { trigger, variables: { region: 'eu' }, steps: { query: { output: { total: 3 } } } }],
  ['nothing', { members: {} }, { steps: {} }],
])('the help has twenty functions, whose examples the evaluator takes: %s', async (_, datum, scope) => {
  const help = functionHelp(findPlaces(datum as Datum));

  const done = await doTask({ evaluate: help.map(({ example }) => example), scope });

  expect(help).toHaveLength(20);
  expect(done).toMatchObject({ values: expect.any(Array) });
  expect('failure' in done ? done.failure : undefined).toBeUndefined();
  const { values } = done as { values: unknown[] };
  expect(help.filter((_, i) => values[i] === undefined).map(({ example }) => example)).toEqual([]);
});
