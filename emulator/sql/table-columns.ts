import { quoteText } from '../database.ts';
import { describeQuery } from '../results/write.ts';
import type { FullName } from '../unity/names.ts';
import { fromDuck } from './read-type.ts';
import type { Session } from './session.ts';
import { catalogText, type SparkType } from './spark-type.ts';
import { type ColumnFacts, columnFacts, factsOf } from './table-facts.ts';

/** A column of a table as statements show it. */
export interface TableColumn {
  name: string;
  type: SparkType;
  /** `varchar(3)`, `array<int>`. */
  text: string;
  nullable: boolean;
  comment: string | undefined;
  facts: ColumnFacts;
}

/** The columns of a table or view, in order. */
export async function tableColumns(session: Session, full: FullName): Promise<TableColumn[]> {
  const { columns, types } = await describeQuery(session.connection, `SELECT * FROM ${session.unity.duckTable(full)}`);
  const duck = session.unity.duckNames().get(full.catalog) ?? '';
  const known = await session.connection.runAndReadAll(
    `SELECT column_name, is_nullable, comment FROM duckdb_columns() WHERE database_name = ${quoteText(duck)} AND schema_name = ${quoteText(full.schema)} AND lower(table_name) = ${quoteText(full.name)}`,
  );
  const more = new Map(known.getRowsJson().map(([name, nullable, comment]) => [String(name), { nullable, comment }]));
  const facts = factsOf(session.unity, full);
  return columns.map(({ name }, index) => {
    const type = fromDuck(types[index] as (typeof types)[number]);
    const own = columnFacts(facts, name);
    const comment = more.get(name)?.comment;
    return {
      name,
      type,
      text: own.length === undefined ? catalogText(type) : `${own.length.kind}(${own.length.most})`,
      nullable: more.get(name)?.nullable !== false,
      comment: comment == null ? undefined : String(comment),
      facts: own,
    };
  });
}
