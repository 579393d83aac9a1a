import { columnList, type Row, type TargetColumn, valueIn, valuesClause } from './row-values.ts';
import { quoteFullTable, quoteIdentifier } from './sql-names.ts';
import type { Build } from './write-statement.ts';

/**
 * MERGE of one batch by its key columns. A row leaves the columns that it does not name as they are: where only some rows
 * of the batch name a column, the source says so in a column of its own. A new row has NULL there.
 */
export const mergeStatement: Build = ({ table, key_columns = [], when_matched }, columns, { rows, first }) => {
  const isKey = (name: string) => key_columns.some((key) => key.toLowerCase() === name.toLowerCase());
  const others = when_matched === 'IGNORE' ? [] : columns.filter(({ name }) => !isKey(name));
  const flags = flagsOf(rows, columns, others);
  const { text, parameters } = valuesClause(rows, columns, first, (row) =>
    flags.map(({ column }) => String(isNamed(row, column))),
  );
  const source = columnList([...columns, ...flags.map(({ flag }) => ({ name: flag, type: 'BOOLEAN' }))]);
  const equal = (name: string) => `t.${quoteIdentifier(name)} = s.${quoteIdentifier(name)}`;
  const keys = columns.filter(({ name }) => isKey(name)).map(({ name }) => equal(name));
  const updates = others.map((column) => {
    const flag = flags.find((item) => item.column === column)?.flag;
    const name = quoteIdentifier(column.name);
    if (flag === undefined) return equal(column.name);
    return `t.${name} = CASE WHEN s.${quoteIdentifier(flag)} THEN s.${name} ELSE t.${name} END`;
  });
  const update = updates.length === 0 ? '' : ` WHEN MATCHED THEN UPDATE SET ${updates.join(', ')}`;
  return {
    statement:
      `MERGE INTO ${quoteFullTable(table, '/table')} AS t USING (SELECT * FROM VALUES ${text} AS v ${source}) AS s` +
      ` ON ${keys.join(' AND ')}${update} WHEN NOT MATCHED THEN INSERT ${columnList(columns)} VALUES ${columnList(columns, 's.')}`,
    parameters,
  };
};

interface Flag {
  column: TargetColumn;
  /** Name of the source's column that says whether the row names `column`. */
  flag: string;
}

function flagsOf(rows: readonly Row[], columns: readonly TargetColumn[], others: readonly TargetColumn[]): Flag[] {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  return others
    .filter((column) => rows.some((row) => !isNamed(row, column)))
    .map((column, index) => {
      let flag = `given_${index}`;
      while (taken.has(flag)) flag = `_${flag}`;
      taken.add(flag);
      return { column, flag };
    });
}

function isNamed(row: Row, { name }: TargetColumn): boolean {
  return valueIn(row, name) !== undefined;
}
