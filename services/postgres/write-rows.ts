import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import { beforeLaunch, isLaunch } from '../../actions/launch.ts';
import { rowsOf } from '../../actions/rows.ts';
import { ConnectorError, inputError, type ValidationError, withDetails } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import { isDatabaseError, toFailure } from './failures.ts';
import { quoteTable } from './names.ts';
import { groupsOf, pointerTo, type RowGroup } from './row-groups.ts';
import { columnsOfTable, type TableColumn } from './table-columns.ts';
import { inTransaction, type Transaction } from './transaction.ts';
import { deleteSql, insertSql, keyHashSql, upsertSql } from './write-sql.ts';

interface WriteInput {
  schema?: string;
  table: string;
  key_columns?: string[];
  when_matched?: 'UPDATE' | 'IGNORE';
  timeout_seconds: number;
}

/** Writes one group, and gives how many rows it wrote. */
type Write = (transaction: Transaction, group: RowGroup, table: string) => Promise<number>;

const MAX_FAULTS = 20;

/** Inserts rows, all or none. */
export function advanceInsertRows(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  return advanceWrite({ action, call, state, io }, () => async ({ client }, { columns, json }, table) => {
    if (columns.length === 0) throw inputError('/rows', 'has a row without columns');
    return (await client.query(insertSql(table, columns), [json])).rowCount ?? 0;
  });
}

/** Updates the rows that have the keys, inserts the others, all or none. */
export function advanceUpsertRows(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const { key_columns: names = [], when_matched } = call.input as WriteInput;
  return advanceWrite({ action, call, state, io }, (table) => {
    const keys = names.map((name, i) => keyNamed(table, name, i));
    const seen = new Map<string, number>();
    return async (transaction, group, name) => {
      await checkKeys(transaction, group, { keys, seen });
      const sql = upsertSql(name, group.columns, { keys, isUpdate: when_matched !== 'IGNORE' });
      const { rows } = await transaction.client.query<{ n: string }>(sql, [group.json]);
      return Number(rows[0]!.n);
    };
  });
}

/** Deletes the rows that have the values of one of the given rows, all or none. */
export function advanceDeleteRows(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  return advanceWrite({ action, call, state, io }, () => async ({ client }, group, table) => {
    if (group.columns.length === 0) throw inputError('/rows', 'has a row without columns');
    refuseNulls(group, group.columns);
    return (await client.query(deleteSql(table, group.columns), [group.json])).rowCount ?? 0;
  });
}

async function advanceWrite(
  { action, call, state, io }: { action: Action; call: ActionCall; state: ActionState; io: Io },
  open: (table: TableColumn[]) => Write,
): Promise<Step> {
  const input = call.input as WriteInput;
  await beforeLaunch(action, call, state, io);
  const options = {
    action,
    purpose: 'start' as const,
    isReadOnly: false,
    timeoutSeconds: input.timeout_seconds,
    isLaunch: isLaunch(call),
  };
  const rows = await inTransaction(io, options, async (transaction) => {
    const table = await columnsOfTable(transaction, input);
    const write = open(table);
    let written = 0;
    for await (const group of groupsOf(rowsOf(call), table)) {
      io.signal.throwIfAborted();
      try {
        written += await write(transaction, group, quoteTable(input));
      } catch (error) {
        throw isDatabaseError(error) ? inGroup(error, group, { action, transaction }) : error;
      }
    }
    return written;
  });
  return { kind: 'done', output: { rows } };
}

/** Which rows it was about. */
function inGroup(
  error: unknown,
  { first, count }: RowGroup,
  { action, transaction }: { action: Action; transaction: Transaction },
): ConnectorError {
  const failure = toFailure(error, { moment: 'work', access: transaction.access, action });
  const where = count === 1 ? `It is about row ${first}.` : `It is about a row from ${first} to ${first + count - 1}.`;
  return withDetails(failure, { hint: [failure.hint, `${where} No row was written.`].filter(Boolean).join(' ') });
}

/** @throws ConnectorError ERR_INPUT_INVALID for keys that are missing or NULL, and for rows with the same key */
async function checkKeys(
  { client }: Transaction,
  group: RowGroup,
  { keys, seen }: { keys: TableColumn[]; seen: Map<string, number> },
): Promise<void> {
  const missing = keys.filter((key) => !group.columns.includes(key));
  if (missing.length > 0) throw keysMissing(missing.map(({ name }) => pointerTo(group.first, name)));
  refuseNulls(group, keys);
  const { rows } = await client.query<{ hash: string }>(keyHashSql(keys, group.columns), [group.json]);
  const errors: ValidationError[] = [];
  for (const [i, { hash }] of rows.entries()) {
    const index = group.first + i;
    const other = seen.get(hash);
    if (other === undefined) seen.set(hash, index);
    else if (errors.length < MAX_FAULTS)
      errors.push({ pointer: `/rows/${index}`, message: `has the same key as row ${other}` });
  }
  if (errors.length === 0) return;
  throw new ConnectorError('ERR_INPUT_INVALID', 'the key columns do not identify each row', { errors, sent: 'no' });
}

function refuseNulls({ json, first }: RowGroup, keys: readonly TableColumn[]): void {
  const nulls = (JSON.parse(json) as Record<string, unknown>[]).flatMap((row, i) =>
    keys.filter(({ name }) => row[name] === null).map(({ name }) => pointerTo(first + i, name)),
  );
  if (nulls.length > 0) throw keysMissing(nulls);
}

function keysMissing(pointers: string[]): ConnectorError {
  const errors = pointers.slice(0, MAX_FAULTS).map((pointer) => ({
    pointer,
    message: 'is required: it is a key column',
  }));
  return new ConnectorError('ERR_INPUT_INVALID', 'the key columns do not identify each row', { errors, sent: 'no' });
}

function keyNamed(table: readonly TableColumn[], name: string, index: number): TableColumn {
  const found = table.find((column) => column.name === name);
  if (found !== undefined) return found;
  const allowed = table.map((column) => column.name);
  throw inputError(`/key_columns/${index}`, `is not a column of the table: "${name}"`, { allowed });
}
