import type { Service } from '../../connector/service.ts';
import { positionWarnings, queryErrors } from '../../triggers/table/input-check.ts';
import { tableReader } from '../../triggers/table/table.ts';
import { postgresSql } from './dialect.ts';
import { identify } from './identify.ts';
import { advanceListColumns, advanceListSchemas, advanceListTables } from './lists.ts';
import { advanceExecute, advanceQuery } from './statements.ts';
import { advanceDeleteRows, advanceInsertRows, advanceUpsertRows } from './write-rows.ts';

/** What of PostgreSQL its manifests cannot say, which is all but the forms: it does not speak HTTP. */
export const postgres: Service = Object.freeze({
  actions: {
    'postgres.delete_rows': { advance: advanceDeleteRows, takes: 'rows' },
    'postgres.execute_statement': { advance: advanceExecute },
    'postgres.insert_rows': { advance: advanceInsertRows, takes: 'rows' },
    'postgres.list_columns': { advance: advanceListColumns },
    'postgres.list_schemas': { advance: advanceListSchemas },
    'postgres.list_tables': { advance: advanceListTables },
    'postgres.query': { advance: advanceQuery },
    'postgres.upsert_rows': { advance: advanceUpsertRows, takes: 'rows' },
  },
  identify,
  readers: { table: tableReader(postgresSql) },
  triggerInputErrors: queryErrors,
  triggerWarnings: positionWarnings,
} satisfies Service);
