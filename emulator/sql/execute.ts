import type { DuckDBConnection } from '@duckdb/node-api';
import { duckCatalog, quoteName } from '../database.ts';
import { constantRows } from '../results/rows.ts';
import type { Spool } from '../results/spool.ts';
import { type Result, type ResultRequest, writeResult } from '../results/write.ts';
import { toSqlError } from './failure.ts';
import type { Environment } from './rewrite.ts';
import type { Plan } from './translate.ts';

/** Runs a translated statement and writes its result. @throws SqlError */
export async function execute(
  connection: DuckDBConnection,
  plan: Plan,
  sql: string,
  environment: Environment,
  request: ResultRequest,
  spool: Spool,
): Promise<Result> {
  try {
    await connection.run(`USE ${quoteName(duckCatalog(environment.catalog))}.${quoteName(environment.schema)}`);
    if (plan.kind === 'query') return await writeResult(connection, plan.sql, request, spool);
    const done = await connection.run(plan.sql);
    return await writeResult(
      connection,
      plan.kind === 'write' ? counts(plan.verb, done.rowsChanged) : NOTHING,
      request,
      spool,
    );
  } catch (error) {
    throw toSqlError(error, sql);
  }
}

const NOTHING = 'SELECT 1 AS result WHERE false';

function counts(verb: string, changed: number): string {
  const columns = [{ name: 'num_affected_rows', type: 'BIGINT' }];
  if (verb === 'INSERT') columns.push({ name: 'num_inserted_rows', type: 'BIGINT' });
  return constantRows(columns, [columns.map(() => changed)]);
}
