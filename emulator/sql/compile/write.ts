import { quoteName } from '../../database.ts';
import type { Token } from '../lexer.ts';
import type { Environment, Session } from '../session.ts';
import { carrier, columnCarrier, type SparkType } from '../spark-type.ts';
import { parseQuery } from './parse-query.ts';
import { compileWith, noteSleeps } from './run.ts';

/** Translates when the statement runs, against the tables as they are then. */
export type Later = (session: Session) => Promise<string>;

/** A query whose result a table or view keeps. */
export function prepareStored(tokens: Token[], environment: Environment): Later {
  const query = parseQuery(tokens);
  noteSleeps(query, environment);
  return (session) =>
    compileWith(session, query, (compiler) => {
      const { sql, columns } = compiler.query(query);
      const isKept = ({ type }: { type: SparkType }) => carrier(type) === columnCarrier(type);
      if (columns.every(isKept)) return sql;
      const cells = columns.map(
        (column, index) =>
          `${isKept(column) ? `c${index}` : `CAST(c${index} AS ${columnCarrier(column.type)})`} AS ${quoteName(column.name)}`,
      );
      return `SELECT ${cells.join(', ')} FROM (${sql}) AS _s(${columns.map((_, index) => `c${index}`).join(', ')})`;
    });
}
