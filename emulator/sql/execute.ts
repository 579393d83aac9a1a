import type { Spool } from '../results/spool.ts';
import { type Result, type ResultRequest, TooLarge, writeResult } from '../results/write.ts';
import { fullNameText, resolveName } from '../unity/names.ts';
import { toSqlError } from './failure.ts';
import { type Plan, requireCatalog, type Session, schemaNotFound } from './session.ts';

/** Runs a translated statement and writes its result. @throws SqlError */
export async function execute(
  session: Session,
  plan: Plan,
  sql: string,
  request: ResultRequest,
  spool: Spool,
): Promise<Result> {
  try {
    await enter(session);
    const query = await plan.run(session);
    if (plan.verb === 'SELECT' && session.access.any) checkTables(session, query);
    return await writeResult(session.connection, query, request, spool);
  } catch (error) {
    throw error instanceof TooLarge ? error : toSqlError(error, sql);
  }
}

async function enter(session: Session): Promise<void> {
  requireCatalog(session.catalog, session);
  try {
    await session.connection.run(`USE ${session.unity.duckSchema(session.catalog, session.schema)}`);
  } catch {
    throw schemaNotFound(session.catalog, session.schema);
  }
}

function checkTables(session: Session, query: string): void {
  const catalogs = new Map([...session.unity.duckNames()].map(([name, duck]) => [duck, name]));
  for (const name of session.connection.getTableNames(query, true)) {
    const parts = [...name.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map((match) => match[1] ?? match[2] ?? '');
    const full = resolveName(parts, session);
    if (full === undefined) continue;
    session.access.checkSql(
      'table',
      fullNameText({ ...full, catalog: catalogs.get(full.catalog) ?? full.catalog }),
      'SELECT',
    );
  }
}
