import { expect, test } from 'vitest';
import { openSync } from '../sync.ts';

/** A reserved word and a backtick, a dot and a blank, letters beyond ASCII. */
const TABLE = 'main.`se``lect`.`from.ä-b c`';
const COLUMNS = '`order` BIGINT, `group.by` BIGINT, `kéy -x` STRING, id BIGINT';
const KEYS = { table: TABLE, key_column: undefined, key_columns: ['kéy -x', 'order'], page_size: 1 };

/** Only a table with column mapping has names with blanks. */
async function open(properties: readonly string[] = []) {
  const setting = await openSync();
  await setting.sql('CREATE SCHEMA main.`se``lect`');
  const all = ["'delta.columnMapping.mode' = 'name'", ...properties].join(', ');
  await setting.sql(`CREATE TABLE ${TABLE} (${COLUMNS}) TBLPROPERTIES (${all})`);
  await setting.sql(`INSERT INTO ${TABLE} VALUES (1, 1, 'a', 1), (2, 1, 'b', 2), (3, 2, 'a', 3)`);
  return setting;
}

test('a table is read whatever is in the names of it and its columns', async () => {
  const { sql, sync, caughtUp, delivered } = await open();
  const types = { cursor_type: undefined, key_type: undefined };
  const workflow = await sync({ ...KEYS, ...types, cursor_column: 'group.by' });
  await caughtUp(workflow, 3);

  await sql(`INSERT INTO ${TABLE} VALUES (4, 2, 'a', 4)`);
  await caughtUp(workflow, 4);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '2', '3', '4']);
});

test('its changes are, too', async () => {
  const { sql, sync, caughtUp, delivered } = await open(['delta.enableChangeDataFeed = true']);
  const feed = { source: 'change_feed', cursor_column: undefined, cursor_type: undefined, key_type: undefined };
  const workflow = await sync({ ...KEYS, ...feed });
  await caughtUp(workflow, 3);

  await sql(`INSERT INTO ${TABLE} VALUES (4, 2, 'a', 4), (5, 2, 'a', 5)`);
  await caughtUp(workflow, 5);

  const ids = (await delivered()).map(({ data }) => (data.after as { id: string }).id);
  expect(ids).toEqual(['1', '3', '2', '4', '5']);
});
