import { commonType } from '../common-type.ts';
import { SqlError } from '../error.ts';
import { type SparkType, sameType } from '../spark-type.ts';
import type { Body } from './ast.ts';
import { castSql } from './cast.ts';
import { distinguishable } from './comparable.ts';
import type { Compiled, OutputColumn } from './output-column.ts';

/** UNION, INTERSECT and EXCEPT of two sides. */
export function compileSet(body: Body & { k: 'set' }, l: Compiled, r: Compiled, id: () => string): Compiled {
  if (l.columns.length !== r.columns.length)
    throw new SqlError(
      'NUM_COLUMNS_MISMATCH',
      '42826',
      `${body.op} can only be performed on inputs with the same number of columns, but the first input has ${l.columns.length} columns and the second input has ${r.columns.length} columns.`,
      { offset: body.at, length: 5 },
    );
  const types = l.columns.map((column, index) => {
    const type = commonType(column.type, (r.columns[index] as OutputColumn).type);
    if (type === undefined)
      throw new SqlError(
        'INCOMPATIBLE_COLUMN_TYPE',
        '42825',
        `${body.op} can only be performed on tables with compatible column types.`,
        { offset: body.at, length: 5 },
      );
    return type;
  });
  const side = (part: Compiled) => {
    if (part.columns.every((column, index) => sameType(column.type, types[index] as SparkType))) return `(${part.sql})`;
    const names = part.columns.map((_, index) => `c${index}`);
    const cells = part.columns.map(
      (column, index) => `${castSql(`c${index}`, column.type, types[index] as SparkType)} AS c${index}`,
    );
    return `(SELECT ${cells.join(', ')} FROM (${part.sql}) AS ${id()}(${names.join(', ')}))`;
  };
  if (body.op !== 'UNION' || !body.all)
    distinguishable(l.columns.map(({ name }, index) => ({ name, type: types[index] as SparkType })));
  return {
    sql: `${side(l)} ${body.op}${body.all ? ' ALL' : ''} ${side(r)}`,
    columns: l.columns.map(({ name }, index) => ({ name, type: types[index] as SparkType })),
  };
}
