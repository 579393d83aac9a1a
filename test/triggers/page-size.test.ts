import { expect, test } from 'vitest';
import type { ErrorRecord } from '../../connector/errors.ts';
import { inlineRecovery, isLinked, pageLimit } from '../../triggers/page-size.ts';
import type { Position } from '../../triggers/position.ts';

const TOO_LARGE = { code: 'ERR_REMOTE_FAILED', message: 'Inline byte limit exceeded.' } as unknown as ErrorRecord;

test('a page that is too large becomes smaller until it is one row, which comes through cloud storage', () => {
  const sizes: (number | string)[] = [];
  let position: Position | null = null;
  for (;;) {
    const page = inlineRecovery(position, 1000, TOO_LARGE);
    if (page === undefined) break;
    position = page.to;
    sizes.push(isLinked(position) ? 'links' : pageLimit(position, 1000));
  }

  expect(sizes).toEqual([250, 63, 16, 4, 1, 'links']);
});

test('another failure is left as it is', () => {
  expect(inlineRecovery(null, 1000, { ...TOO_LARGE, message: 'TABLE_OR_VIEW_NOT_FOUND' })).toBeUndefined();
});
