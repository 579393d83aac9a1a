import { describe, expect, test } from 'vitest';
import { cursorValues, fromMicros, shifted, toMicros } from '../../../triggers/table/cursor-values.ts';

describe('a TIMESTAMP', () => {
  const values = cursorValues('TIMESTAMP');

  test.each([
    ['2026-01-02', '2026-01-02T00:00:00.000000Z'],
    ['2026-01-02 03:04', '2026-01-02T03:04:00.000000Z'],
    ['2026-01-02T03:04:05.123456Z', '2026-01-02T03:04:05.123456Z'],
    ['2026-01-02 03:04:05.1234567', '2026-01-02T03:04:05.123456Z'],
    ['2026-01-02T03:04:05+01:30', '2026-01-02T01:34:05.000000Z'],
    ['2026-01-02T03:04:05 -0800', '2026-01-02T11:04:05.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('keeps %s to the microsecond', (given, kept) => {
    expect(values.position(values.parameter(given).value)).toBe(kept);
  });

  test.each(['yesterday', '2026-13-01', '12', ''])('refuses %s', (given) => {
    expect(() => values.parameter(given)).toThrow(expect.objectContaining({ code: 'ERR_CURSOR_COLUMN' }));
  });
});

test('a time is moved by parts of a second', () => {
  expect(shifted('2026-01-01T00:00:00.000001Z', -0.5)).toBe('2025-12-31T23:59:59.500001Z');
});

test('times compare as their texts do', () => {
  const texts = ['2026-01-01', '2026-01-01T00:00:00.1', '2026-01-01T00:00:01'].map((text) =>
    fromMicros(toMicros(text)),
  );

  expect([...texts].sort()).toEqual(texts);
});

test.each([
  ['BIGINT', '1.5'],
  ['INT', 'x'],
  ['DATE', '2026-1-1'],
])('a %s refuses %s', (type, given) => {
  expect(() => cursorValues(type).parameter(given)).toThrow(expect.objectContaining({ code: 'ERR_CURSOR_COLUMN' }));
});
