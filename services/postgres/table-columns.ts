import { ConnectorError } from '../../connector/errors.ts';
import type { Transaction } from './transaction.ts';

/** A column that can be written. */
export interface TableColumn {
  name: string;
  /** In SQL, with length and precision. */
  type: string;
  isBytes: boolean;
  isByteList: boolean;
}

/** The columns of a table in its order. @throws ConnectorError ERR_UPSTREAM of the kind `not_found` */
export async function columnsOfTable(
  { client }: Transaction,
  { schema = 'public', table }: { schema?: string | undefined; table: string },
): Promise<TableColumn[]> {
  const { rows } = await client.query<{ name: string; type: string; base: number; item: number | null }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::int8::int AS base, NULLIF(t.typelem, 0)::int8::int AS item
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_type t ON t.oid = a.atttypid
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attnum`,
    [schema, table],
  );
  if (rows.length === 0) {
    throw new ConnectorError('ERR_UPSTREAM', `there is no table "${schema}.${table}"`, {
      kind: 'not_found',
      hint: 'Check the names of the schema and the table, also the case of their letters.',
      errors: [{ pointer: '/table', message: 'does not exist' }],
      upstream: { error_code: '42P01', sql_state: '42P01', message: 'undefined_table' },
      sent: 'answered',
      launchEnded: true,
    });
  }
  return rows.map(({ name, type, base, item }) => ({
    name,
    type,
    isBytes: base === BYTEA,
    isByteList: item === BYTEA,
  }));
}

/** Of pg_type. */
const BYTEA = 17;
