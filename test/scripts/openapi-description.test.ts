import { expect, test } from 'vitest';
import { readDescription, UnusableDescription } from '../../scripts/openapi/description.ts';
import { factsOf } from '../../scripts/openapi/operation.ts';

test('YAML is read as well', () => {
  const yaml = 'openapi: 3.1.0\ninfo: {title: A}\npaths:\n  /a:\n    get: {operationId: getA, responses: {}}\n';

  expect(readDescription(yaml).operations).toMatchObject([{ key: 'GET /a', id: 'getA' }]);
});

test.each([
  ['no JSON', '{"openapi": ', '#: can be read neither as JSON nor as YAML: '],
  ['no YAML', 'openapi: [', '#: can be read neither as JSON nor as YAML: '],
  ['a list', '[]', '#: is no object'],
  ['an empty file', '', '#: is no object'],
  ['another format', '{"asyncapi": "2.0.0"}', '#/openapi: is missing, and so is "swagger"; write it as OpenAPI 3.0'],
  ['another version', '{"openapi": "4.0.0", "paths": {}}', '#/openapi: is "4.0.0"; write it as OpenAPI 3.0'],
  ['no paths', '{"openapi": "3.0.0"}', '#/paths: is no object'],
  [
    'aliases that multiply',
    `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'
      .split('')
      .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
      .join('\n')}`,
    '#: can be read neither',
  ],
])('%s is refused in one sentence', (_title, text, said) => {
  expect(() => readDescription(text)).toThrow(UnusableDescription);
  expect(() => readDescription(text)).toThrow(said);
});

test('methods that no action can send are operations, so that they are said', () => {
  const description = readDescription(
    JSON.stringify({ openapi: '3.0.0', paths: { '/a': { options: {}, trace: {}, get: {} } } }),
  );

  const facts = description.operations.map((operation) => factsOf(description, operation));

  expect(facts.flatMap((each) => ('unusable' in each ? [each.unusable] : []))).toEqual([
    'OPTIONS /a: the method OPTIONS cannot be sent.',
    'TRACE /a: the method TRACE cannot be sent.',
  ]);
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
