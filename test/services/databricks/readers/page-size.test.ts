import { expect, test } from 'vitest';
import type { ErrorRecord } from '../../../../connector/errors.ts';
import { inlineRecovery } from '../../../../services/databricks/readers/page-size.ts';
import { openSource } from '../../../../triggers/open-source.ts';
import type { Position } from '../../../../triggers/position.ts';
import { isLinked, keptSize, pageLimit } from '../../../../triggers/table/page-size.ts';
import { triggerOf } from './setting.ts';

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

const at = (marks: Record<string, string>): Position => ({ value: '1', key: '1', at: marks });
const LARGE = [{ text: 'x'.repeat(13_000_000) }];
const SMALL = [{ text: 'x' }];

test.each([
  ['a page with nothing after it', at({ size: '16' }), false, SMALL, {}],
  ['a page that was not made smaller', at({}), true, SMALL, {}],
  ['small rows', at({ size: '16' }), true, SMALL, { size: '64' }],
  ['small rows up to the full page', at({ size: '250' }), true, SMALL, {}],
  ['rows of 30 kB', at({ size: '250' }), true, [{ text: 'x'.repeat(30_000) }], { size: '419' }],
  ['a large row', at({ size: '1', links: '1' }), true, LARGE, { size: '1', links: '1' }],
  ['a small row after a large one', at({ size: '1', links: '1' }), true, SMALL, { size: '4' }],
])('what the pages after it have of %s', (_, position, more, rows, kept) => {
  expect(keptSize(position, more, { rows, input: { page_size: 1000 } })).toEqual(kept);
});

test('a listing that is too large comes through cloud storage, from its first look on', () => {
  const cursor = { items: 'rows', key: 'id', page_size: 10 };
  const trigger = triggerOf({ reader: 'listing', action: 'x.y', input: {}, cursor });
  const source = openSource(trigger, { start: 'now' });
  const poll = { input: { start: 'now' }, position: null, memory: null, now: 0, owner: 'wf_1' };

  const { to } = source.recover!(poll, TOO_LARGE) as { to: Position };
  const linked = { ...poll, position: to };
  const first = source.read(linked, { rows: [{ id: 1 }] });
  const second = source.read({ ...poll, position: first.to, memory: first.memory! }, { rows: [{ id: 1 }, { id: 2 }] });

  expect(source.ask(linked).input).toEqual({ disposition: 'EXTERNAL_LINKS' });
  expect(first.events).toEqual([]);
  expect(second.events).toHaveLength(1);
  expect(source.ask({ ...poll, position: second.to }).input).toEqual({ disposition: 'EXTERNAL_LINKS' });
  expect(source.recover!(linked, TOO_LARGE)).toBeUndefined();
});
