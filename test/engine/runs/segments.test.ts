import { expect, test } from 'vitest';
import {
  addSegment,
  decodeSegments,
  encodeSegments,
  type Segment,
  type Segments,
} from '../../../engine/runs/segments.ts';

const BEGIN = 1_784_930_400_000;
const empty = (): Segments => ({ list: [], more: 0, sums: {} });

test('keeps every segment exact, in a few letters each', () => {
  const list: Segment[] = [
    { phase: 'queue', from: BEGIN, to: BEGIN + 5, attempt: 1 },
    { phase: 'request', from: BEGIN + 7, to: BEGIN + 55, attempt: 1, launch: 1, code: 'ERR_TIMEOUT' },
    { phase: 'backoff', from: BEGIN + 55, to: BEGIN + 1055, attempt: 1, launch: 1 },
    { phase: 'request', from: BEGIN + 1055, to: BEGIN + 1060, attempt: 2, launch: 2 },
    // A clock that was set back.
    { phase: 'remote', from: BEGIN + 1000, to: BEGIN + 700_000_000, attempt: 2, launch: 2 },
  ];

  const text = encodeSegments({ list, more: 0, sums: {} }, BEGIN);

  expect(decodeSegments(text, BEGIN)).toEqual({ list, more: 0, sums: {} });
  expect(text.length).toBeLessThan(60);
});

test('leaves out what took no time, and joins what continues', () => {
  const segments = empty();

  addSegment(segments, { phase: 'authentication', from: BEGIN, to: BEGIN, attempt: 1 });
  addSegment(segments, { phase: 'queue', from: BEGIN, to: BEGIN + 5, attempt: 1 });
  addSegment(segments, { phase: 'queue', from: BEGIN + 5, to: BEGIN + 9, attempt: 1 });
  addSegment(segments, { phase: 'queue', from: BEGIN + 9, to: BEGIN + 10, attempt: 2 });

  expect(segments.list.map(({ from, to, attempt }) => [from - BEGIN, to - BEGIN, attempt])).toEqual([
    [0, 9, 1],
    [9, 10, 2],
  ]);
});

test('keeps 200 segments and sums up the others', () => {
  const segments = empty();
  for (let i = 0; i < 500; i++) {
    const from = BEGIN + 10 * i;
    addSegment(segments, { phase: i % 2 === 0 ? 'remote' : 'request', from, to: from + 10, attempt: 1 });
  }

  const read = decodeSegments(encodeSegments(segments, BEGIN), BEGIN);

  expect(read).toEqual(segments);
  expect(read.list).toHaveLength(200);
  expect(read).toMatchObject({ more: 300, sums: { remote: 1500, request: 1500 } });
});

test.each(['', '~', 'nonsense', 'Q', 'Q5!x'])('reads %j as far as it goes', (text) => {
  expect(() => decodeSegments(text, BEGIN)).not.toThrow();
});
