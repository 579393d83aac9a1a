import { quoteName, quoteText } from '../../database.ts';
import { SqlError } from '../error.ts';
import { type SparkType, STRING } from '../spark-type.ts';
import { findAggregate, isAggregate } from './aggregates.ts';
import type { Call, Expr, From } from './ast.ts';
import { refuse } from './complaints.ts';
import { generatedName } from './name.ts';
import { emptyScope, type Field, resolveColumn, type Scope, type Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** DuckDB's text of a relation, and its columns. */
export interface Relation {
  sql: string;
  columns: { name: string; type: SparkType }[];
}

/** What PIVOT and UNPIVOT need of the compiler of queries. */
interface Parts {
  tools: Tools;
  from(from: From, scope: Scope): string;
}

/** PIVOT as a GROUP BY of every column that it does not name, with one filtered aggregate for each value. */
export function compilePivot(pivot: From & { k: 'pivot' }, outer: Scope | undefined, parts: Parts): Relation {
  const { tools } = parts;
  const scope = emptyScope(outer);
  const from = parts.from(pivot.from, scope);
  for (const { e } of pivot.aggregates)
    if (findAggregate(e) === undefined)
      throw new SqlError('PIVOT_VALUE_DATA_TYPE_MISMATCH', '42K09', `"${generatedName(e)}" is no aggregate.`, {
        offset: e.at,
        length: 1,
      });
  const used = new Set(
    [...pivot.on, ...pivot.aggregates.map(({ e }) => e)].flatMap((e) => namesIn(e)).map((name) => name.toLowerCase()),
  );
  const groups = allFields(scope).filter((field) => !used.has(field.name.toLowerCase()));
  const cells: { name: string; type: SparkType; sql: string }[] = [];
  for (const { items, alias } of pivot.values) {
    if (items.length !== pivot.on.length)
      throw refuse('a PIVOT value of another width than its columns', pivot.on[0] as Expr);
    const test = items
      .map((item, index): Expr => ({ k: 'binary', op: '<=>', l: pivot.on[index] as Expr, r: item, at: item.at }))
      .reduce((l, r): Expr => ({ k: 'binary', op: 'AND', l, r, at: r.at }));
    const name = alias ?? items.map((item) => generatedName(item)).join('_');
    const present = `count(CASE WHEN ${tools.condition(test, scope).sql} THEN 1 END)`;
    for (const { e, aliases } of pivot.aggregates) {
      const value = tools.compile(filtered(e, test) as Expr, scope);
      const full = pivot.aggregates.length === 1 ? name : `${name}_${aliases[0] ?? generatedName(e)}`;
      // a value that no row has is NULL, also where the aggregate of no rows is something else
      cells.push({ name: full, type: value.type, sql: `CASE WHEN ${present} = 0 THEN NULL ELSE ${value.sql} END` });
    }
  }
  const columns = [...groups, ...cells];
  const list = columns.map(({ sql, name }) => `${sql} AS ${quoteName(name)}`).join(', ');
  const by = groups.length === 0 ? '' : ` GROUP BY ${groups.map(({ sql }) => sql).join(', ')}`;
  return { sql: `(SELECT ${list} FROM ${from}${by})`, columns: columns.map(({ name, type }) => ({ name, type })) };
}

/** UNPIVOT as a list of structs for each row, one struct for each column or set of columns. */
export function compileUnpivot(unpivot: From & { k: 'unpivot' }, outer: Scope | undefined, parts: Parts): Relation {
  const scope = emptyScope(outer);
  const from = parts.from(unpivot.from, scope);
  const used = new Set(unpivot.sets.flatMap(({ items }) => items.flatMap(namesIn)).map((name) => name.toLowerCase()));
  const kept = allFields(scope).filter((field) => !used.has(field.name.toLowerCase()));
  const rows = unpivot.sets.map(({ items }) => {
    if (items.length !== unpivot.values.length) throw refuse('UNPIVOT of sets of several widths', items[0] as Expr);
    return items.map((item) => {
      if (item.k !== 'column') throw refuse('UNPIVOT of what is no column', item);
      return resolveColumn(item, scope, 'last');
    });
  });
  const values = unpivot.values.map((_, index) =>
    parts.tools.unify(
      rows.map((row) => row[index] as Typed),
      'UNPIVOT',
    ),
  );
  const structs = unpivot.sets.map(({ items, alias }, row) => {
    const name = alias ?? items.map((item) => generatedName(item)).join('_');
    const cells = values.map((column, index) => `v${index} := ${(column[row] as Typed).sql}`);
    return `struct_pack(n := ${quoteText(name)}, ${cells.join(', ')})`;
  });
  const columns = [
    ...kept.map(({ name, type }) => ({ name, type })),
    { name: unpivot.name, type: STRING },
    ...unpivot.values.map((name, index) => ({ name, type: ((values[index] as Typed[])[0] as Typed).type })),
  ];
  const own = kept.map(({ sql }, index) => `${sql} AS k${index}`);
  const outside = [...kept.map((_, index) => `k${index}`), '_u.n', ...values.map((_, index) => `_u.v${index}`)];
  const where = unpivot.includeNulls
    ? ''
    : ` WHERE ${values.map((_, index) => `_u.v${index} IS NOT NULL`).join(' OR ')}`;
  const list = outside.map((sql, index) => `${sql} AS ${quoteName((columns[index] as { name: string }).name)}`);
  return {
    sql: `(SELECT ${list.join(', ')} FROM (SELECT ${[...own, `unnest([${structs.join(', ')}]) AS _u`].join(', ')} FROM ${from})${where})`,
    columns,
  };
}

function allFields(scope: Scope): Field[] {
  const merged = [...scope.merged.values()];
  const rest = scope.sources.flatMap((source) =>
    source.fields.filter((field) => !scope.merged.has(field.name.toLowerCase())),
  );
  return [...merged, ...rest];
}

// last parts of the columns that an expression reads
function namesIn(e: unknown): string[] {
  if (e === null || typeof e !== 'object') return [];
  if (Array.isArray(e)) return e.flatMap(namesIn);
  const node = e as Expr;
  if (node.k === 'column') return [node.parts.at(-1) as string];
  return Object.entries(node).flatMap(([name, child]) => (name === 'type' ? [] : namesIn(child)));
}

// every aggregate within sees the rows of one value only
function filtered(e: unknown, test: Expr): unknown {
  if (e === null || typeof e !== 'object') return e;
  if (Array.isArray(e)) return e.map((item) => filtered(item, test));
  const node = e as Call;
  if (isAggregate(node)) {
    const filter: Expr =
      node.filter === undefined ? test : { k: 'binary', op: 'AND', l: node.filter, r: test, at: node.at };
    return { ...node, filter };
  }
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, name === 'type' ? child : filtered(child, test)]),
  );
}
