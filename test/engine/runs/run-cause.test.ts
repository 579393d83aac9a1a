import { expect, test } from 'vitest';
import { patternOf } from '../../../engine/runs/run-cause.ts';

test.each([
  ['a name longer than what is kept', (i: number) => `the value "${'abc'[i]!.repeat(64_000)}" is wrong`],
  ['a name that is cut', (i: number) => `the row ${'x'.repeat(900)} has '${'abc'[i]!.repeat(150)}' in it`],
  ['typographic quotes', (i: number) => `column “${'ü'.repeat(i)}” of «t${i}» and „${'x'.repeat(i)}“`],
])('messages that differ in %s have one pattern', (_, message) => {
  expect(new Set([0, 1, 2].map((i) => patternOf(message(i)))).size).toBe(1);
});

test('an apostrophe in a word begins no quote, also in a long message', () => {
  const long = `it can't be read: ${'y '.repeat(600)}`;

  expect(patternOf(long)).toBe(long.slice(0, 1000));
});
