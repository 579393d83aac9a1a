import { expect, test } from 'vitest';
import { readDescription, UnusableDescription } from '../../scripts/openapi/description.ts';

test('YAML is read as well', () => {
  const yaml = 'openapi: 3.1.0\ninfo: {title: A}\npaths:\n  /a:\n    get: {operationId: getA, responses: {}}\n';

  expect(readDescription(yaml).operations).toMatchObject([{ key: 'GET /a', id: 'getA' }]);
});

test.each([
  ['no JSON', '{"openapi": ', 'It can be read neither as JSON nor as YAML: '],
  ['no YAML', 'openapi: [', 'It can be read neither as JSON nor as YAML: '],
  ['a list', '[]', 'It is not an object'],
  ['an empty file', '', 'It is not an object'],
  ['another format', '{"asyncapi": "2.0.0"}', 'It has neither "openapi" nor "swagger"'],
  ['another version', '{"openapi": "4.0.0", "paths": {}}', 'It is of version "4.0.0"'],
  ['no paths', '{"openapi": "3.0.0"}', 'It has no "paths"'],
  [
    'aliases that multiply',
    `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'
      .split('')
      .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
      .join('\n')}`,
    'It can be read neither',
  ],
])('%s is refused in one sentence', (_title, text, said) => {
  expect(() => readDescription(text)).toThrow(UnusableDescription);
  expect(() => readDescription(text)).toThrow(said);
});

test('operation ids that are not unique are said, and name nothing', () => {
  const { operations, notes } = readDescription(
    JSON.stringify({
      openapi: '3.0.0',
      paths: { '/a': { get: { operationId: 'x' }, put: { operationId: 'x' } }, '/b': { get: {} } },
    }),
  );

  expect(notes).toEqual(['operationId "x" is that of GET /a and PUT /a: name them by method and path.']);
  expect(operations.map(({ key, id }) => [key, id])).toEqual([
    ['GET /a', undefined],
    ['PUT /a', undefined],
    ['GET /b', undefined],
  ]);
});
