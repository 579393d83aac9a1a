import { type FullName, fullNameText } from '../unity/names.ts';
import { tableNotFound } from './failure.ts';
import type { Session } from './session.ts';
import { type TableColumn, tableColumns } from './table-columns.ts';
import { factsOf } from './table-facts.ts';

/** The text of SHOW CREATE TABLE. @throws SqlError TABLE_OR_VIEW_NOT_FOUND */
export async function createText(session: Session, full: FullName): Promise<string> {
  const kind = await session.unity.kindOf(full);
  if (kind === undefined) throw tableNotFound(fullNameText(full));
  session.access.checkSql('table', fullNameText(full), 'SELECT');
  const meta = session.unity.tableMeta(full, kind === 'view');
  const columns = await tableColumns(session, full);
  const comment = meta.comment === undefined || meta.comment === '' ? '' : `COMMENT ${literal(meta.comment)}\n`;
  if (kind === 'view') {
    const names = columns.map((column) => `  ${name(column.name)}${commentOf(column)}`).join(',\n');
    return `CREATE VIEW ${fullNameText(full)} (\n${names})\n${comment}AS ${meta.view_definition ?? ''}\n`;
  }
  const facts = factsOf(session.unity, full);
  const keys = (facts.table_constraints ?? []).map((key) => {
    const own = key.primary_key_constraint ?? key.foreign_key_constraint;
    const list = `(${own?.child_columns.map((column) => `\`${column}\``).join(', ')})`;
    const parent = key.foreign_key_constraint;
    return parent === undefined
      ? `  CONSTRAINT \`${own?.name}\` PRIMARY KEY ${list}`
      : `  CONSTRAINT \`${own?.name}\` FOREIGN KEY ${list} REFERENCES ${parent.parent_table} (${parent.parent_columns.map((column) => `\`${column}\``).join(', ')})`;
  });
  const properties = {
    ...Object.fromEntries(
      (facts.checks ?? []).map((check) => [`delta.constraints.${check.name.toLowerCase()}`, check.expression]),
    ),
    'delta.minReaderVersion': '1',
    'delta.minWriterVersion': '2',
    ...meta.properties,
  };
  const listed = Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `  ${literal(key)} = ${literal(value)}`);
  return [
    `CREATE TABLE ${fullNameText(full)} (\n${[...columns.map(columnText), ...keys].join(',\n')})\n`,
    `USING ${(meta.data_source_format ?? 'DELTA').toLowerCase()}\n`,
    facts.partition_columns === undefined ? '' : `PARTITIONED BY (${facts.partition_columns.map(name).join(', ')})\n`,
    facts.clustering_columns === undefined ? '' : `CLUSTER BY (${facts.clustering_columns.map(name).join(', ')})\n`,
    comment,
    meta.table_type === 'EXTERNAL' ? `LOCATION ${literal(meta.storage_location ?? '')}\n` : '',
    `TBLPROPERTIES (\n${listed.join(',\n')})\n`,
  ].join('');
}

function columnText(column: TableColumn): string {
  const { facts } = column;
  const identity = facts.identity;
  const counts =
    identity === undefined
      ? ''
      : ` GENERATED ${identity.always ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY (START WITH ${identity.start} INCREMENT BY ${identity.step})`;
  const generated = facts.generated === undefined ? '' : ` GENERATED ALWAYS AS (${facts.generated})`;
  const isPlain = identity === undefined;
  return `  ${name(column.name)} ${column.text.toUpperCase()}${counts}${generated}${column.nullable || !isPlain ? '' : ' NOT NULL'}${facts.default === undefined ? '' : ` DEFAULT ${facts.default}`}${commentOf(column)}`;
}

const commentOf = (column: TableColumn): string =>
  column.comment === undefined ? '' : ` COMMENT ${literal(column.comment)}`;
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const name = (text: string): string => (/^[A-Za-z_]\w*$/.test(text) ? text : `\`${text.replaceAll('`', '``')}\``);
