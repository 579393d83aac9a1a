import { quoteText } from '../database.ts';
import { describeSparkColumn } from '../results/spark-columns.ts';
import { describeQuery } from '../results/write.ts';
import { fromDuck, parseType } from '../sql/read-type.ts';
import { catalogText, type SparkType } from '../sql/spark-type.ts';
import type { Workspace } from '../workspace.ts';
import type { FullName } from './names.ts';
import type { Unity } from './registry.ts';

/** The columns of a table or view as the Tables API tells them. */
export async function columnsOf(workspace: Workspace, unity: Unity, full: FullName): Promise<object[]> {
  const duck = unity.duckNames().get(full.catalog) ?? '';
  const { columns, types } = await workspace.database.use((connection) =>
    describeQuery(connection, `SELECT * FROM ${unity.duckTable(full)}`),
  );
  const facts = await workspace.database.rows<{ column_name: string; is_nullable: boolean; comment: string | null }>(
    `SELECT column_name, is_nullable, comment FROM duckdb_columns() WHERE database_name = ${quoteText(duck)} AND schema_name = ${quoteText(full.schema)} AND lower(table_name) = ${quoteText(full.name)}`,
  );
  return columns.map(({ name, position }, index) => {
    const fact = facts.find((item) => item.column_name === name);
    const type = fromDuck(types[index] as (typeof types)[number]);
    const nullable = fact?.is_nullable ?? true;
    const type_json = JSON.stringify({ name, type: jsonType(type), nullable, metadata: {} });
    return {
      ...describeSparkColumn(name, position, type),
      type_text: catalogText(type),
      type_json,
      nullable,
      ...(fact?.comment == null ? {} : { comment: fact.comment }),
    };
  });
}

/** How the API names and writes a type that is given as SQL, such as a function's parameter has. @throws SqlError for text that is no type. */
export function typeFacts(text: string): { type_name: string; type_text: string; type_json: string } {
  const type = parseType(text);
  const { type_name } = describeSparkColumn('', 0, type);
  return { type_name, type_text: catalogText(type), type_json: JSON.stringify(jsonType(type)) };
}

const JSON_NAMES: Partial<Record<SparkType['k'], string>> = {
  tinyint: 'byte',
  smallint: 'short',
  int: 'integer',
  bigint: 'long',
};

// as Spark's StructType.json has it
function jsonType(type: SparkType): unknown {
  switch (type.k) {
    case 'array':
      return { type: 'array', elementType: jsonType(type.e), containsNull: true };
    case 'map':
      return { type: 'map', keyType: jsonType(type.key), valueType: jsonType(type.value), valueContainsNull: true };
    case 'struct': {
      const fields = type.fields.map((field) => ({
        name: field.name,
        type: jsonType(field.type),
        nullable: true,
        metadata: {},
      }));
      return { type: 'struct', fields };
    }
    default:
      return JSON_NAMES[type.k] ?? catalogText(type);
  }
}
