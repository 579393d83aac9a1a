import { expect, test } from 'vitest';
import { queryLimits } from '../../../triggers/table/query-limits.ts';

test.each([
  ['SELECT * FROM t LIMIT 2', ['result']],
  ['select * from t order by id limit 2 offset 5 -- end', ['result']],
  ['SELECT * FROM t OFFSET 5', ['result']],
  ['SELECT * FROM (SELECT * FROM t ORDER BY id LIMIT 2) x', ['result']],
  ['WITH x AS (SELECT * FROM t LIMIT :n) SELECT * FROM x', ['result']],
  ['(SELECT * FROM t LIMIT 2) UNION ALL (SELECT * FROM u)', ['result']],
  ['SELECT * FROM t TABLESAMPLE (10 PERCENT)', ['result']],
  ['SELECT * FROM t WHERE id = (SELECT max(id) FROM u LIMIT 1)', ['part']],
  ['SELECT * FROM t LIMIT ALL', []],
  ["SELECT 'limit 2' AS a, `limit` FROM t -- LIMIT 2", []],
  ['SELECT t.limit, limit FROM t /* LIMIT 2 */ WHERE limit > 3', []],
  ['SELECT * FROM t WHERE x = "it\\" LIMIT 2"', []],
])('%s', (query, found) => {
  expect([...queryLimits(query)]).toEqual(found);
});
