import { expect, test } from 'vitest';
import { nextLink } from '../../connector/link-header.ts';

test.each<[string, string | string[] | undefined, string | undefined]>([
  ['next among others', '<https://x/1>; rel="prev", <https://x/3>; rel="next"', 'https://x/3'],
  ['without quotes, in any case', '<https://x/3>;REL=NEXT', 'https://x/3'],
  ['several relations', '<https://x/3>; title="a, b; c"; rel="last next"', 'https://x/3'],
  ['a comma in the target', '<https://x/?q=a,b;c>; rel="next"', 'https://x/?q=a,b;c'],
  ['the first rel of a link counts', '<https://x/3>; rel="last"; rel="next"', undefined],
  ['several headers', ['<https://x/1>; rel="prev"', '<https://x/3>; rel="next"'], 'https://x/3'],
  ['rel in a title', '<https://x/3>; title="rel=next"', undefined],
  ['no end of the target', '<https://x/3; rel="next"', undefined],
  ['an open quote', '<https://x/1>; rel="prev, <https://x/3>; rel="next"', undefined],
  ['no link', undefined, undefined],
  ['too long', `<${'a'.repeat(20_000)}>; rel="next"`, undefined],
])('%s', (_title, header, next) => {
  expect(nextLink(header)).toBe(next);
});
