import { expect, test } from 'vitest';
import { readRange } from '../../../api/http/range.ts';

test.each([
  ['bytes=0-9', { start: 0, end: 9 }],
  ['bytes=90-', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=50-1000', { start: 50, end: 99 }],
  ['bytes=100-', 'outside'],
  ['bytes=-0', 'outside'],
])('reads %s of 100 bytes', (header, range) => {
  expect(readRange(header, 100)).toEqual(range);
});

test.each([undefined, '', 'bytes=-', 'bytes=9-5', 'bytes=0-1,5-6', 'items=0-1', 'bytes=a-b'])(
  'passes over %j',
  (header) => {
    expect(readRange(header, 100)).toBeUndefined();
  },
);

test('has no byte of nothing', () => {
  expect(readRange('bytes=0-', 0)).toBe('outside');
});
