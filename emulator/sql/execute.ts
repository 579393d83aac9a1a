import type { DuckDBConnection } from '@duckdb/node-api';
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
    const run = () => plan.run(session);
    const query = await (DEFINITIONS.has(plan.verb) ? session.unity.exclusive(run) : run());
    if (plan.verb === 'SELECT' && session.access.any) checkTables(session, query);
    return await writeResult(session.connection, query, request, spool);
  } catch (error) {
    throw error instanceof TooLarge ? error : toSqlError(error, sql);
  }
}

/** Statements that change what there is run one at a time: DuckDB fails one of two that meet. */
const DEFINITIONS = new Set(['CREATE', 'DROP', 'ALTER', 'COMMENT']);

/** Where connections are, so that one statement after another in the same schema need not say it again. */
const places = new WeakMap<DuckDBConnection, string>();

async function enter(session: Session): Promise<void> {
  requireCatalog(session.catalog, session);
  const place = session.unity.duckSchema(session.catalog, session.schema);
  if (places.get(session.connection) === place && session.unity.schemas.has(`${session.catalog}.${session.schema}`))
    return;
  try {
    await session.connection.run(`USE ${place}`);
    places.set(session.connection, place);
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
