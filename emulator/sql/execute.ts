import type { DuckDBConnection } from '@duckdb/node-api';
import type { Spool } from '../results/spool.ts';
import { type Result, type ResultRequest, TooLarge, writeResult } from '../results/write.ts';
import { forgetRelations } from './compile/run.ts';
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
    if (!READS.has(plan.verb)) forgetRelations(session.unity);
    return await writeResult(session.connection, query, request, spool);
  } catch (error) {
    if (!READS.has(plan.verb)) forgetRelations(session.unity);
    throw error instanceof TooLarge ? error : toSqlError(error, sql);
  }
}

/** Statements after which every relation has the columns that it had. */
const READS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);

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
