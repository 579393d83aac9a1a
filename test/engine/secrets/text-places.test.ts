import { expect, test } from 'vitest';
import { placesOfTexts } from '../../../engine/secrets/text-places.ts';

test('a text is sealed with the secrets that are in it, and with no other', () => {
  const value = { url: 'https://files.example.com/k?token=a%2Fb-session', list: ['plain', 'key-other'] };

  expect(placesOfTexts(value, ['a/b-session', 'key-other', 'key-unused'])).toEqual(
    new Map([
      ['/url', { shown: 'https://files.example.com/k?token=[secret]', credentials: ['a/b-session'] }],
      ['/list/1', { shown: '[secret]', credentials: ['key-other'] }],
    ]),
  );
});
