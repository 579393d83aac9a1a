import { expect, test } from 'vitest';
import { compile } from '../../../engine/expressions/parse.ts';

test.each([
  '**.rows',
  '*.q',
  '**',
  '*',
  '$',
  '$$',
  '$["steps"]',
  '[$]',
  'steps.a.output.rows.%.row_count',
  '$[0].steps',
])('%s may read the whole scope', (source) => {
  expect(compile(source).reads.isWhole).toBe(true);
});

test.each([
  ['$.steps.a.output', ['steps', 'a', 'output']],
  ['$$.steps.a.output', ['steps', 'a', 'output']],
  ['steps.*.output.rows', ['steps']],
  ['steps.a.output.**', ['steps', 'a', 'output']],
])('%s reads no more than it names', (source, names) => {
  const { reads } = compile(source);

  expect(reads).toMatchObject({ isWhole: false, roots: [names] });
});
