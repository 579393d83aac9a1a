import { expect, test } from 'vitest';
import { createTemplateReader } from '../../../engine/expression-threads/template-reader.ts';

const COUNT = 40_000;

test('a long template is read in slices, between which others have their turn', async () => {
  const { read } = createTemplateReader();
  const template = { list: Array.from({ length: COUNT }, (_, i) => `{{ $f(${i}) }}`) };
  let turns = 0;
  let isRead = false;
  const turn = () => {
    turns++;
    if (!isRead) setImmediate(turn);
  };
  setImmediate(turn);

  const found = await read(template);
  isRead = true;

  expect(found).toHaveLength(COUNT);
  expect(found.at(-1)).toMatchObject({ pointer: `/list/${COUNT - 1}`, isWhole: true, isInList: true });
  expect(turns).toBeGreaterThan(1);
  expect(await read(template)).toBe(found);
});

test('texts with expressions of more than a mebibyte are refused before they are read', async () => {
  const { read } = createTemplateReader();

  await expect(read({ a: '{{ x }}', b: ['{{ x }} '.repeat(200_000)] }, '/input')).rejects.toMatchObject({
    code: 'ERR_EXPRESSION',
    message: expect.stringContaining('has 1600007 characters of text with expressions'),
    errors: [expect.objectContaining({ pointer: '/input/b/0' })],
  });
  expect(await read({ a: 'x'.repeat(4_000_000), b: '{{ x }}' })).toHaveLength(1);
});
