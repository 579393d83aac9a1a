import { expect, test } from 'vitest';
import { createJsonSlicer } from '../../../engine/artifacts/json-slices.ts';

const TEXT = JSON.stringify({
  a: { rows: 'a name inside another object', 'x"]}': [0] },
  'x"]}': 'not this one',
  b: [],
  rows: [1, 'two, ]}"\\', { c: [3, { d: '}' }] }, [4], null, 'é'],
  last: { deep: { n: -1.5 } },
  text: 'te"xt',
});

function slice(path: string[], size: number, text = TEXT) {
  const bytes = Buffer.from(text);
  const slicer = createJsonSlicer(path);
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...slicer.push(bytes.subarray(at, at + size)));
  found.push(...slicer.end());
  return { found: slicer.found, names: slicer.names, values: found.map((each) => JSON.parse(each.toString())) };
}

test.each([1, 2, 3, 7, 1000])('finds lists and values wherever the pieces of %i bytes are cut', (size) => {
  const whole = JSON.parse(TEXT);

  expect(slice(['rows'], size)).toEqual({ found: 'list', names: 1, values: whole.rows });
  expect(slice(['a', 'x"]}'], size)).toEqual({ found: 'list', names: 2, values: [0] });
  expect(slice(['b'], size)).toEqual({ found: 'list', names: 1, values: [] });
  expect(slice(['last'], size)).toMatchObject({ found: 'value', values: [whole.last] });
  expect(slice(['last', 'deep', 'n'], size)).toMatchObject({ found: 'value', values: [-1.5] });
  expect(slice(['text'], size)).toMatchObject({ found: 'value', values: ['te"xt'] });
  expect(slice([], size)).toMatchObject({ found: 'value', values: [whole] });
});

test('stops at a list on the way, and says how many names led to it', () => {
  expect(slice(['rows', 'c', 'd'], 5)).toMatchObject({ found: 'list', names: 1 });
});

test.each([[['none']], [['a', 'none']], [['text', 'x']], [['last', 'deep', 'n', 'x']], [['d']]])(
  '%j is missing',
  (path) => {
    expect(slice(path, 4)).toMatchObject({ found: 'missing', values: [] });
  },
);

test.each(['[1,2]', ' [ 1 , 2 ] '])('the root may be a list: %s', (text) => {
  expect(slice([], 3, text)).toMatchObject({ found: 'list', names: 0, values: [1, 2] });
});

test.each(['"text"', '17', 'null'])('the root may be the value %s', (text) => {
  expect(slice([], 2, text)).toMatchObject({ found: 'value', values: [JSON.parse(text)] });
});
