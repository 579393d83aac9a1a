import { raise, raiseText } from '../raise.ts';
import { define, type Library } from './define.ts';

/** Functions of arrays and maps without lambdas. */
export function addCollections(library: Library): void {
  const both = (sql: string) => `CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE ${sql} END`;
  const distinct = (list: string) => `list_filter(${list}, lambda _x, _i: list_position(${list}, _x) = _i)`;
  // keeps the order and one NULL, where list_distinct keeps neither
  const unique = (list: string) =>
    `list_filter(list_transform(${list}, lambda _x: {'v': _x}), lambda _x, _i: list_position(list_transform(${list}, lambda _y: {'v': _y}), _x) = _i)`;
  const values = (list: string) => `list_transform(${unique(list)}, lambda _x: _x.v)`;
  void distinct;
  define(library, 'scalar', [
    ['array_contains', 'a *', 'BOOLEAN', ''],
    ['array_distinct', 'a', '=1', values('$1')],
    ['array_join', 'a s', 'STRING', 'array_to_string(list_filter($1, lambda _x: _x IS NOT NULL), $2)'],
    ['array_join', 'a s s', 'STRING', 'array_to_string(list_transform($1, lambda _x: coalesce(_x, $3)), $2)'],
    ['array_max', 'a', 'E1', 'list_max($1)'],
    ['array_min', 'a', 'E1', 'list_min($1)'],
    ['array_size', 'a', 'INT', 'CAST(len($1) AS INTEGER)'],
    ['array_compact', 'a', '=1', 'list_filter($1, lambda _x: _x IS NOT NULL)'],
    ['array_repeat', '* i', 'AU', ''],
    ['array_union', 'a a', 'U', both(values('list_concat($1, $2)'))],
    [
      'array_intersect',
      'a a',
      'U',
      both(
        `list_transform(list_filter(${unique('$1')}, lambda _x: list_contains(list_transform($2, lambda _y: {'v': _y}), _x)), lambda _x: _x.v)`,
      ),
    ],
    [
      'array_except',
      'a a',
      'U',
      both(
        `list_transform(list_filter(${unique('$1')}, lambda _x: NOT list_contains(list_transform($2, lambda _y: {'v': _y}), _x)), lambda _x: _x.v)`,
      ),
    ],
    ['arrays_overlap', 'a a', 'U', ''],
    [
      'flatten',
      'a',
      'E1',
      'CASE WHEN list_contains(list_transform($1, lambda _x: _x IS NULL), true) THEN NULL ELSE flatten($1) END',
    ],
    [
      'slice',
      'a i i',
      '=1',
      `CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL WHEN $2 = 0 THEN ${raiseText('INVALID_PARAMETER_VALUE.START', '22023', 'The value of parameter(s) `start` in `slice` is invalid: Expects a positive or a negative value for `start`, but got 0.')} WHEN $3 < 0 THEN ${raise('INVALID_PARAMETER_VALUE.LENGTH', '22023', "'The value of parameter(s) `length` in `slice` is invalid: Expects `length` greater than or equal to 0, but got ' || $3 || '.'")} WHEN $2 > 0 THEN list_slice($1, $2, $2 + $3 - 1) WHEN -$2 > len($1) THEN [] ELSE list_slice($1, CAST(len($1) AS INTEGER) + $2 + 1, CAST(len($1) AS INTEGER) + $2 + $3) END`,
    ],
    ['map_keys', 'm', 'ARRAY<STRING>', ''],
    [
      'shuffle',
      'a',
      '=1',
      "list_transform(list_sort(list_transform($1, lambda _x: {'r': random(), 'v': _x})), lambda _x: _x.v)",
    ],
  ]);
}
