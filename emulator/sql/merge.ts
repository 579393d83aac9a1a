import { quoteName } from '../database.ts';
import type { FullName } from '../unity/names.ts';
import { requirePlainNames } from './column-names.ts';
import { prepareMerge } from './compile/merge-rows.ts';
import { forgetRelations } from './compile/run.ts';
import { SqlError } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader } from './reader.ts';
import { type Environment, type Plan, type Session, tableName } from './session.ts';
import { columnCarrier, type SparkType } from './spark-type.ts';
import { counts, requireWritable, writeChecked } from './writes.ts';

/** Plans MERGE INTO. */
export function planMerge(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const evolves = reader.eat('WITH', 'SCHEMA', 'EVOLUTION');
  reader.expect('INTO');
  const full = tableName(reader.readName(), environment);
  const text = evolves ? [tokens[0] as Token, ...tokens.slice(4)] : tokens;
  const later = prepareMerge(text, full, environment);
  return {
    verb: 'MERGE',
    async run(session) {
      await requireWritable(full, session);
      if (evolves) await evolve(session, full, await later.missing(session));
      const { sql, ambiguous } = await later.sql(session);
      return writeChecked(session, full, 'change', async () => {
        if (ambiguous !== undefined) await refuseAmbiguous(session, ambiguous);
        return runMerge(session, sql);
      });
    },
  };
}

// columns that only the source has, at the end of the target
async function evolve(session: Session, full: FullName, columns: { name: string; type: SparkType }[]): Promise<void> {
  requirePlainNames(columns, session.unity.tableMeta(full, false).properties);
  for (const { name, type } of columns)
    await session.connection.run(
      `ALTER TABLE ${session.unity.duckTable(full)} ADD COLUMN ${quoteName(name)} ${columnCarrier(type)}`,
    );
  for (const { name, type } of columns)
    await session.delta.alter(session.connection, full, `ADD COLUMN ${quoteName(name)} ${columnCarrier(type)}`);
  if (columns.length > 0) forgetRelations(session.unity);
}

async function runMerge(session: Session, sql: string) {
  const done = await session.connection.runAndReadAll(sql);
  const actions = done.getRowsJson().map(([action]) => String(action));
  const of = (name: string) => actions.filter((action) => action === name).length;
  const [updated, deleted, inserted] = [of('UPDATE'), of('DELETE'), of('INSERT')];
  const result = counts({
    num_affected_rows: actions.length,
    num_updated_rows: updated,
    num_deleted_rows: deleted,
    num_inserted_rows: inserted,
  });
  const metrics = {
    numTargetRowsUpdated: String(updated),
    numTargetRowsDeleted: String(deleted),
    numTargetRowsInserted: String(inserted),
  };
  return { result, commit: { userName: session.userName, operation: 'MERGE', parameters: {}, metrics } };
}

async function refuseAmbiguous(session: Session, query: string): Promise<void> {
  const found = await session.connection.runAndReadAll(query);
  if (found.currentRowCount === 0) return;
  throw new SqlError(
    'DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE',
    '21506',
    'Cannot perform Merge as multiple source rows matched and attempted to modify the same\ntarget row in the Delta table in possibly conflicting ways. By SQL semantics of Merge,\nwhen multiple source rows match on the same target row, the result may be ambiguous\nas it is unclear which source row should be used to update or delete the matching\ntarget row. You can preprocess the source table to eliminate the possibility of\nmultiple matches.',
  );
}
