import { expect, test } from 'vitest';
import { createTimeAxis } from '../../web/src/pages/runs/time-axis.ts';

const DAY_MS = 86_400_000;

test('a week of waiting is drawn short, and what came before and after stays readable', () => {
  const approved = 1000 + 7 * DAY_MS;

  const axis = createTimeAxis([
    { from: 0, to: 1000 },
    { from: 1000, to: approved },
    { from: approved, to: approved + 3000 },
  ]);

  expect(axis.parts.map(({ isBroken }) => isBroken)).toEqual([false, true, false]);
  expect(axis.place(1000)).toBeCloseTo(0.22, 2);
  expect(axis.place(approved)).toBeCloseTo(0.34, 2);
  expect(axis.place(approved + 3000)).toBe(1);
  expect(axis.ticks.map(({ ms }) => ms)).toEqual([0, 1000, 0, 1000, 2000, 3000]);
});

test('however many waits are drawn short, and however wide, what happened has its part of the axis', () => {
  const spans = Array.from({ length: 5 }, (_, i) => ({ from: i * DAY_MS, to: i * DAY_MS + 1000 }));

  const { parts } = createTimeAxis(spans, { breakShare: 0.24 });

  expect(parts.filter(({ isBroken }) => isBroken).map(({ share }) => share)).toEqual([0.15, 0.15, 0.15, 0.15]);
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
});

test('without a long wait, the axis is even, for no span and for a thousand', () => {
  const many = Array.from({ length: 1000 }, (_, i) => ({ from: i * i, to: (i + 1) * (i + 1) }));

  const axis = createTimeAxis(many);

  expect(axis.parts).toHaveLength(1);
  expect(axis.place(250_000)).toBeCloseTo(0.25, 5);
  expect(axis.ticks.length).toBeLessThanOrEqual(6);
  expect(createTimeAxis([]).place(0)).toBe(0);
  expect(createTimeAxis([{ from: 5, to: 5 }]).place(5)).toBe(0);
});

test('a place never goes back in time, whatever the lengths are', () => {
  const lengths = [3, 700, 20, 5 * DAY_MS, 1, 40 * DAY_MS, 90_000, 0];
  const spans = lengths.map((length, i) => {
    const from = lengths.slice(0, i).reduce((sum, each) => sum + each, 0);
    return { from, to: from + length };
  });

  const axis = createTimeAxis(spans);
  const places = spans.map(({ from }) => axis.place(from));

  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBe(0);
  expect(axis.place(spans.at(-1)!.to)).toBeCloseTo(1, 10);
});
