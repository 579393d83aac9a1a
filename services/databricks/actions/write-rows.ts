import type { ActionCall, ActionState, Io, RowPlace, RowSource, Step } from '../../../actions/call.ts';
import type { Column } from '../../../actions/columns.ts';
import { FIRST_ROW, rowsOf, takeRows } from '../../../actions/rows.ts';
import { ConnectorError, inputError, withDetails } from '../../../connector/errors.ts';
import type { Action } from '../../../connector/manifest.ts';
import { mergeStatement } from './merge-statement.ts';
import { checkKeys, createKeyChecker } from './row-keys.ts';
import { columnList, createColumnFinder, type TargetColumn, valuesClause } from './row-values.ts';
import { quoteFullTable } from './sql-names.ts';
import { advanceStatement, nextStatement, type StatementOutput, type StatementsState } from './statement-runner.ts';
import type { Build, WriteRowsInput } from './write-statement.ts';

interface WriteState extends StatementsState {
  columns: TargetColumn[];
  /** Rows of one statement. */
  size: number;
  /** Of all batches. */
  all: number;
  /** Where the rows begin that are not written yet. */
  place: RowPlace;
  statements: number;
  /** Of the first statements; the rest is found by the query tag. */
  ids: string[];
}

/** Databricks refuses a statement with more: "Parameterized query has too many parameters … but the limit is 256". */
const MAX_PARAMETERS = 256;
/** Of values in one statement, by their average; far from the 16 MiB of a request. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const MAX_IDS = 1_000;

/** Inserts rows by parameterised INSERTs, one batch after the other, each launched once. */
export function advanceInsertRows(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  return advanceWrite({ action, call, state, io }, insertStatement);
}

/** Merges rows by key columns, one batch after the other; a batch may be repeated. */
export function advanceUpsertRows(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as WriteRowsInput;
  // Before anything is sent; rows of an artifact are read once, when the types are known.
  if (state.own === undefined && state.phase === 'start' && call.rows === undefined)
    checkKeys(input.rows, input.key_columns ?? []);
  return advanceWrite({ action, call, state, io }, mergeStatement);
}

async function advanceWrite(
  run: { action: Action; call: ActionCall; state: ActionState; io: Io },
  build: Build,
): Promise<Step> {
  const input = run.call.input as WriteRowsInput;
  const own = run.state.own as WriteState | undefined;
  if (own === undefined) return learnColumns(run, input);
  const { rows, next } = await takeRows(rowsOf(run.call), own.place, own.size);
  try {
    const { statement, parameters } = build(input, own.columns, { rows, first: own.place.row });
    const step = await advanceStatement(
      run,
      { warehouse_id: input.warehouse_id, statement, parameters, effect: run.call.effect },
      own,
    );
    if (step.kind !== 'done') return step;
    return afterBatch(run.state, own, {
      next,
      id: (step.output as StatementOutput).statement_id,
    });
  } catch (error) {
    throw own.place.row === 0 ? error : withProgress(error, own.place.row, own.all);
  }
}

/** The types that values are cast to come from the table itself: this works for every catalog, and needs no further grant. */
async function learnColumns(
  run: { action: Action; call: ActionCall; state: ActionState; io: Io },
  input: WriteRowsInput,
): Promise<Step> {
  const statement = `SELECT * FROM ${quoteFullTable(input.table, '/table')} LIMIT 0`;
  const step = await advanceStatement(run, { warehouse_id: input.warehouse_id, statement, effect: 'safe' }, undefined);
  if (step.kind !== 'done') return step;
  const table = ((step.output as StatementOutput).columns ?? []).map(targetColumn);
  const { columns, all, rowBytes } = await survey(rowsOf(run.call), table, input.key_columns);
  if (columns.length > MAX_PARAMETERS) throw tooWide(columns.length);
  const size = batchSize(input.batch_size, columns.length, rowBytes);
  const own: WriteState = { columns, size, all, place: FIRST_ROW, statements: 0, ids: [] };
  return { kind: 'next', state: nextStatement(run.state, own) };
}

function afterBatch(state: ActionState, own: WriteState, done: { next: RowPlace; id: string }): Step {
  const { sending: _sending, ...kept } = own;
  const next: WriteState = {
    ...kept,
    place: done.next,
    statements: own.statements + 1,
    ids: own.ids.length < MAX_IDS ? [...own.ids, done.id] : own.ids,
  };
  if (next.place.row < own.all) return { kind: 'next', state: nextStatement(state, next) };
  return { kind: 'done', output: { rows: next.place.row, statements: next.statements, statement_ids: next.ids } };
}

const insertStatement: Build = ({ table }, columns, { rows, first }) => {
  const { text, parameters } = valuesClause(rows, columns, first);
  return {
    statement: `INSERT INTO ${quoteFullTable(table, '/table')} ${columnList(columns)} VALUES ${text}`,
    parameters,
  };
};

function targetColumn(column: Column): TargetColumn {
  const { name, type_name, type_text } = column as Column & { type_text?: string };
  return { name, type: type_text ?? (type_name === 'LONG' ? 'BIGINT' : (type_name ?? 'STRING')) };
}

/** Goes through all rows once, before any is written: what is wrong in one of them is told first. */
async function survey(
  source: RowSource,
  table: TargetColumn[],
  keys: string[] | undefined,
): Promise<{ columns: TargetColumn[]; all: number; rowBytes: number }> {
  const finder = createColumnFinder(table);
  const checker = keys === undefined ? undefined : createKeyChecker(keys, table);
  let all = 0;
  let bytes = 0;
  for await (const { rows } of source.read()) {
    finder.add(rows, all);
    checker?.add(rows, all);
    for (const row of rows) bytes += sizeOf(row);
    all += rows.length;
  }
  const columns = finder.end();
  checker?.end();
  return { columns, all, rowBytes: bytes / Math.max(1, all) };
}

function batchSize(most: number, columns: number, rowBytes: number): number {
  const byParameters = Math.floor(MAX_PARAMETERS / Math.max(1, columns));
  return Math.max(1, Math.min(most, byParameters, Math.floor(MAX_BATCH_BYTES / Math.max(1, rowBytes))));
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 8;
  return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 0);
}

function tooWide(columns: number): ConnectorError {
  return inputError(
    '/rows',
    `name ${columns} columns; Databricks accepts up to ${MAX_PARAMETERS} parameters per statement, so the rows of a run can have up to ${MAX_PARAMETERS} columns. Write the rest with Upsert Rows by the key columns, or load a file with Copy Into`,
    { allowed: MAX_PARAMETERS },
  );
}

/** Anyone who repairs this has to know which rows are in the table already. */
function withProgress(error: unknown, written: number, all: number): unknown {
  if (!(error instanceof ConnectorError)) return error;
  const hint = `The first ${written} of ${all} rows were already written.${error.hint === undefined ? '' : ` ${error.hint}`}`;
  return withDetails(error, { hint });
}
