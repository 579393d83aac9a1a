import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isBase64 } from '../../connector/base64.ts';

const wrap = (text: string, width: number, end = '\n') => text.replace(new RegExp(`(.{${width}})`, 'g'), `$1${end}`);
const CONTENT = randomBytes(300).toString('base64');

test.each([
  ['nothing', ''],
  ['one line', CONTENT],
  ['padding', 'AAE='],
  ['two of padding', 'AA=='],
  ['a line break at the end', 'AAEC\n'],
  ['lines of 76 characters', wrap(CONTENT, 76)],
  ['lines of 64 characters that end as on Windows', wrap(CONTENT, 64, '\r\n')],
  ['20 MB', randomBytes(15 * 1024 * 1024).toString('base64')],
])('is base64: %s', (_what, text) => {
  expect(isBase64(text)).toBe(true);
});

test.each([
  ['plain text', 'order_id,total'],
  ['lines of plain text that would pass by themselves', 'test\ndata\n'],
  ['a line that is not, beside one that is', 'AAEC\nno base64!\n'],
  ['lines of unequal lengths', `${'A'.repeat(76)}\n${'A'.repeat(72)}\n${'A'.repeat(76)}`],
  ['a cut text', 'AAE'],
  ['padding in the middle', 'AA==AAAA'],
  ['three of padding', 'A==='],
  ['a blank', 'AA EC==='],
  ['the alphabet for URLs', 'A-_='],
  ['20 MB that end wrong', `${'A'.repeat(20 * 1024 * 1024)}AAA!`],
])('is not base64: %s', (_what, text) => {
  expect(isBase64(text)).toBe(false);
});
