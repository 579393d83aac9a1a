import { expect, test } from 'vitest';
import { type Part, partsOf } from '../../../engine/expressions/scan.ts';

const ONE = [
  'a.b',
  ' {"a": {"b": 1}} ',
  '{"a":{"b":1}}',
  '"}}"',
  "'}}'",
  '"a \\" }}"',
  "'it''s }}'",
  '/* }} */ 1',
  '$match(a, /\\}\\}/)',
  '$replace(a, /"[{}]}*"/, "")',
  'a ~> /x{2}/',
  '$contains(a, /[/"]/)',
  '`}}`.`{{`',
  'a / b & "}}" & c / d',
  'a.* / 2 & "}}"',
  'a ** / 2',
  'a[b=1] / 2 & {"x": {"y": "/"}}.x.y',
  '(a) / 2 & "}}" / 3',
  'a and /}/ = 1',
  'rows{id: {"n": $count($)}}',
  '{}',
  '| a | {"b": {}} |',
  'function($x) { {"a": {"b": $x}} }',
  "it's",
  '% / 2 & "}}"',
];

test.each(ONE)('finds the end of {{%s}}', (source) => {
  expect(partsOf(`x {{${source}}} y`)).toEqual([{ text: 'x ' }, { source }, { text: ' y' }]);
});

test.each<[string, Part[]]>([
  ['{{a}}{{b}}', [{ source: 'a' }, { source: 'b' }]],
  ['{{a}}}', [{ source: 'a' }, { text: '}' }]],
  ['\\{{job.run_id}}', [{ text: '{{job.run_id}}' }]],
  ['\\{{a}} {{b}}', [{ text: '{{a}} ' }, { source: 'b' }]],
  ['C:\\\\{{a}}', [{ text: 'C:\\' }, { source: 'a' }]],
  ['\\\\\\{{a}}', [{ text: '\\{{a}}' }]],
  ['a\\b {c} }} \\n', [{ text: 'a\\b {c} }} \\n' }]],
  ['a {{ "b }} c', [{ text: 'a ' }, { unclosed: ' "b }} c' }]],
  ['{{ {"a": 1} ', [{ unclosed: ' {"a": 1} ' }]],
  ['{{}}', [{ source: '' }]],
  ['', []],
])('reads %s', (text, parts) => {
  expect(partsOf(text)).toEqual(parts);
});

test.each(['{{', '\\{{', '{{a}}', '{{"', '{{/', '{{/(', '{{`', '{{/*', '\\', '{', '{{a /'])(
  'takes each character of many %s once',
  (piece) => {
    const text = piece.repeat(200_000);

    // Quadratic work on this would take minutes.
    expect(partsOf(text).length).toBeLessThanOrEqual(200_000);
  },
);
