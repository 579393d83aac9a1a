import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import type { Action } from '../../connector/manifest.ts';
import { inTransaction } from './transaction.ts';

interface ListInput {
  schema?: string;
  table?: string;
  search?: string;
  max_items: number;
}

interface Listing {
  /** Name of the list in the output. */
  list: string;
  statement: string;
  parameters(input: ListInput): unknown[];
}

const TIMEOUT_SECONDS = 30;

const SCHEMAS: Listing = {
  list: 'schemas',
  statement: `SELECT n.nspname AS name
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')
      AND ($1::text IS NULL OR strpos(lower(n.nspname), lower($1)) > 0)
    ORDER BY n.nspname LIMIT $2`,
  parameters: ({ search, max_items }) => [search ?? null, max_items + 1],
};

const TABLES: Listing = {
  list: 'tables',
  statement: `SELECT n.nspname AS schema, c.relname AS name,
      CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND ($2::text IS NULL OR strpos(lower(c.relname), lower($2)) > 0)
    ORDER BY c.relname LIMIT $3`,
  parameters: ({ schema, search, max_items }) => [schema ?? 'public', search ?? null, max_items + 1],
};

const COLUMNS: Listing = {
  list: 'columns',
  statement: `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
      COALESCE(a.attnum = ANY(k.conkey), false) AS primary_key
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
      AND ($3::text IS NULL OR strpos(lower(a.attname), lower($3)) > 0)
    ORDER BY a.attnum LIMIT $4`,
  parameters: ({ schema, table, search, max_items }) => [schema ?? 'public', table, search ?? null, max_items + 1],
};

export const advanceListSchemas = advanceList(SCHEMAS);
export const advanceListTables = advanceList(TABLES);
export const advanceListColumns = advanceList(COLUMNS);

/** Lists what the catalog has, up to the limit of the input. */
function advanceList({ list, statement, parameters }: Listing) {
  return async (action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> => {
    const input = call.input as ListInput;
    const options = {
      action,
      purpose: 'start' as const,
      isReadOnly: true,
      timeoutSeconds: TIMEOUT_SECONDS,
      isLaunch: false,
    };
    const found = await inTransaction(io, options, async ({ client }) => {
      const { rows } = await client.query<Record<string, unknown>>(statement, parameters(input));
      return rows;
    });
    const more = found.length > input.max_items;
    return { kind: 'done', output: { [list]: found.slice(0, input.max_items), more } };
  };
}
