import { expect, test } from 'vitest';
import { ConnectorError } from '../../../connector/errors.ts';
import { createMask } from '../../../engine/secrets/mask-stream.ts';
import { scrub, scrubError, scrubValue } from '../../../engine/secrets/scrub.ts';

const TOKEN = 'dapi/0123+4567"89 ab=cdef';

test.each([
  ['as it is', TOKEN],
  ['URL-encoded', encodeURIComponent(TOKEN)],
  ['URL-encoded in lower case', encodeURIComponent(TOKEN).replaceAll(/%../g, (code) => code.toLowerCase())],
  ['as a form', new URLSearchParams({ t: TOKEN }).toString().slice(2)],
  ['in JSON', JSON.stringify(TOKEN)],
  ['in JSON with escaped slashes', JSON.stringify(TOKEN).replaceAll('/', '\\/')],
  ['in JSON in JSON', JSON.stringify(JSON.stringify({ TOKEN }))],
  ['in JSON in JSON in JSON', JSON.stringify(JSON.stringify(JSON.stringify({ TOKEN })))],
  ['in JSON in base64', Buffer.from(JSON.stringify({ TOKEN })).toString('base64')],
  ['in JSON in hex', Buffer.from(JSON.stringify({ TOKEN })).toString('hex')],
  ['in JSON in a URL', encodeURIComponent(JSON.stringify({ TOKEN }))],
  ['in a URL in base64', Buffer.from(`/x?t=${encodeURIComponent(TOKEN)}&u=1`).toString('base64')],
  [
    'in a URL in hex',
    Buffer.from(`/x?t=${encodeURIComponent(TOKEN)}`)
      .toString('hex')
      .toUpperCase(),
  ],
  ...['', 'a', 'ab', 'abc:'].flatMap((before) =>
    (['base64', 'base64url'] as const).map((form): [string, string] => [
      `in ${form} after ${before.length} letters`,
      Buffer.from(`${before}${TOKEN}:after`).toString(form),
    ]),
  ),
])('takes a secret out of a text and out of a stream in pieces, %s', (_form, written) => {
  const text = `{"before": 1} ${written} {"after": 2}`;

  const scrubbed = scrub(text, [TOKEN]);

  expect(scrubbed).toContain('[secret]');
  expect(Buffer.from(scrubbed.replaceAll('[secret]', ''), 'latin1').toString()).not.toContain(written.slice(4, -4));
  for (let size = 1; size <= text.length; size += 3) {
    const masked = inPieces(text, size);
    expect(masked).toHaveLength(text.length);
    expect(masked).toMatch(/^\{"before": 1\} .*\*{10,}.* \{"after": 2\}$/);
    expect(masked).not.toContain(written.slice(4, -4));
  }
});

test('takes secrets out of a value at any depth, and gives the very value when it holds none', () => {
  const clean = { a: ['x'.repeat(50), 1, null], b: { c: true } };

  expect(scrubValue(clean, [TOKEN])).toBe(clean);
  expect(scrubValue({ a: [{ [TOKEN]: `it is ${TOKEN}` }], n: 12345678901234567890n }, [TOKEN])).toEqual({
    a: [{ '[secret]': 'it is [secret]' }],
    n: 12345678901234567890n,
  });
});

test('takes a secret of digits out of numbers, in a value and in an error', () => {
  const secret = '12345678901';
  const value = { id: 12345678901, large: 912345678901234567890n, list: [1, 123456, 12345678901.5] };
  const error = new ConnectorError('ERR_UPSTREAM', 'refused', {
    upstream: { status: 400, message: 'no' },
    errors: [{ pointer: '/id', message: 'is wrong', allowed: [12345678901, 5] }],
  });

  expect(scrubValue(value, [secret])).toEqual({
    id: '[secret]',
    large: '[secret]',
    list: [1, 123456, '[secret]'],
  });
  expect(scrubError(error, [secret])).toMatchObject({
    upstream: { status: 400, message: 'no' },
    errors: [{ pointer: '/id', message: 'is wrong', allowed: ['[secret]', 5] }],
  });
});

test('a stream that ends with the beginning of a secret keeps every byte, and the bytes it was given', () => {
  const piece = Buffer.from(`row\n${TOKEN.slice(0, 9)}`);
  const mask = createMask([TOKEN]);

  const now = mask.push(piece);
  const rest = mask.end();

  expect(Buffer.concat([now, rest]).toString()).toBe(piece.toString());
  const given = Buffer.from(TOKEN);
  createMask([TOKEN]).push(given);
  expect(given.toString()).toBe(TOKEN);
});

function inPieces(text: string, size: number): string {
  const mask = createMask([TOKEN]);
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(mask.push(bytes.subarray(at, at + size)));
  return Buffer.concat([...out, mask.end()]).toString();
}

test.each<[string, (secret: string) => string]>([
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['hex in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  [
    'escapes of JSON',
    (secret) => secret.replace(/[\s\S]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
  [
    'escapes of JSON in capitals',
    (secret) => secret.replace(/[\s\S]/g, (c) => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
  ],
  [
    'JSON that is safe in HTML',
    (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c'),
  ],
  ['URL-encoded twice', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ['HTML', (secret) => secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;')],
])('takes out a secret that is repeated in another form: %s', (_form, write) => {
  const secret = 'dapi/k+0&m<n=zz-9';

  const text = `before ${write(secret)} after`;

  expect(scrub(text, [secret])).toBe('before [secret] after');
});
