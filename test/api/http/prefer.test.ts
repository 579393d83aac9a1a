import { expect, test } from 'vitest';
import { readWait } from '../../../api/http/prefer.ts';

test.each([
  ['wait=10', 10],
  ['respond-async, wait=5', 5],
  ['WAIT = 7', 7],
  ['wait="8"', 8],
  ['wait=600', 60],
  ['wait=0', 0],
  ['return=minimal; foo="bar", wait=3; x=y', 3],
])('reads %j as %d seconds', (header, seconds) => {
  expect(readWait(header)).toBe(seconds);
});

test.each(['wait', 'wait=soon', 'wait=-1', 'wait=1.5', 'respond-async', '', undefined])('passes over %j', (header) => {
  expect(readWait(header)).toBeUndefined();
});
