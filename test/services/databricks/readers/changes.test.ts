import { expect, test } from 'vitest';
import { CHANGE_RANK, type Change, pairChanges } from '../../../../services/databricks/readers/changes.ts';

function change(type: keyof typeof CHANGE_RANK, key: number, row: object = { key }): Change {
  return { type, version: '7', timestamp: null, key: `["${key}"]`, rank: CHANGE_RANK[type], row: row as Change['row'] };
}

function pair(changes: Change[], size = 10, asked = 12) {
  const { events, ...rest } = pairChanges(changes, { size, asked, owner: 'wf_1' });
  return { events: events.map(({ data }) => data), ids: events.map(({ id }) => id), ...rest };
}

test('makes one event of the two images of an update', () => {
  const { events } = pair([
    change('update_preimage', 1, { n: 1 }),
    change('update_postimage', 1, { n: 2 }),
    change('delete', 2),
  ]);

  expect(events).toMatchObject([
    { change_type: 'update', before: { n: 1 }, after: { n: 2 }, commit_version: '7' },
    { change_type: 'delete', before: { key: 2 }, after: null },
  ]);
});

test('gives an update that changed the key as a delete and an insert', () => {
  const { events } = pair([change('update_preimage', 1), change('update_postimage', 2)]);

  expect(events).toMatchObject([
    { change_type: 'delete', before: { key: 1 }, after: null },
    { change_type: 'insert', before: null, after: { key: 2 } },
  ]);
});

test('leaves a first image whose second is after the page for the next one', () => {
  const rows = [change('insert', 1), change('insert', 2), change('update_preimage', 3)];

  const { events, last, more } = pair(rows, 10, rows.length);

  expect(events).toHaveLength(2);
  expect(last).toBe(rows[1]);
  expect(more).toBe(true);
});

test('takes an update whole at the edge of a page', () => {
  const rows = [change('insert', 1), change('update_preimage', 2), change('update_postimage', 2), change('insert', 3)];

  const { events, last, more } = pair(rows, 2, 4);

  expect(events).toMatchObject([{ change_type: 'insert' }, { change_type: 'update' }]);
  expect(last).toBe(rows[2]);
  expect(more).toBe(true);
});

test('gives a delete and an insert of one key in one commit ids of their own', () => {
  const { ids } = pair([change('delete', 1), change('insert', 1)]);

  expect(new Set(ids).size).toBe(2);
});
