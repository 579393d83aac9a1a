import type { PoolClient, QueryResult } from 'pg';
import type { Io, Purpose } from '../../actions/call.ts';
import type { Access } from '../../connector/access.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import { type Database, databaseOf } from './connections.ts';
import { isDatabaseError, type Moment, toFailure } from './failures.ts';
import { askOutcome, cancelOnAbort, leaveWhenSilent } from './second-connection.ts';

/** A transaction that is open. */
export interface Transaction {
  client: PoolClient;
  access: Access;
  database: Database;
}

export interface TransactionOptions {
  action: Action;
  purpose: Purpose;
  isReadOnly: boolean;
  /** Of each statement. */
  timeoutSeconds: number;
  /** Whether its launch is written down. */
  isLaunch: boolean;
  /** Whether it is SQL of the caller, which may change settings of the session or take locks that stay. */
  isFree?: boolean;
}

/** The server itself ends a statement after its time limit; a while later it is taken for dead. */
const SILENT_SECONDS = 60;
/** Between two statements; longer means that the worker hangs, and locks are held for nothing. */
const IDLE_SECONDS = 300;

/**
 * Does some work in one transaction, which is committed at its end and rolled back when anything fails. Aborted, the statement that
 * runs is canceled at the server. Where the connection dies while the commit is under way, the server is asked for the outcome.
 * @throws ConnectorError: only with `sent: 'maybe'` may the work have been committed
 */
export function inTransaction<T>(
  io: Io,
  options: TransactionOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return io.converse(options.purpose, async (access) => {
    const database = databaseOf(access);
    const failed = (error: unknown, moment: Moment) => toFailure(error, { moment, access, action: options.action });
    const client = await database.take().catch((error: unknown) => {
      throw failed(error, 'connect');
    });
    let cancel: ReturnType<typeof cancelOnAbort> | undefined;
    let isClean = false;
    const listen = leaveWhenSilent(client, (options.timeoutSeconds + SILENT_SECONDS) * 1000);
    let commit: { xid: string | undefined; result: T } | undefined;
    try {
      cancel = cancelOnAbort(io.signal, access, { client, pid: await begin(client, options) });
      const result = await work({ client, access, database });
      if (client.getTransactionStatus() !== 'T') throw endedItself();
      if (io.signal.aborted) throw stopped(options);
      commit = { xid: options.isReadOnly ? undefined : await xidOf(client), result };
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw endedItself();
      isClean = true;
      return result;
    } catch (error) {
      if (commit === undefined) {
        isClean = isKnown(error) && (await rollBack(client));
        throw io.signal.aborted ? stopped(options) : failed(error, 'work');
      }
      if (isKnown(error) && !isShutdown(error)) throw failed(error, 'work');
      // Nothing was written without a number.
      const outcome = commit.xid === undefined ? 'aborted' : await askOutcome(access, commit.xid);
      if (outcome === 'committed') return commit.result;
      throw failed(error, outcome === 'aborted' ? 'work' : 'commit');
    } finally {
      const wasCanceled = (await cancel?.end()) ?? false;
      listen();
      if (isClean && !wasCanceled && options.isFree === true) giveBackFresh(client);
      else client.release(!isClean || wasCanceled);
      // Of credentials that are tried, the connections are nobody's.
      if (access.keep === undefined) await database.close();
    }
  });
}

/** Nobody waits for it. */
function giveBackFresh(client: PoolClient): void {
  client.query('DISCARD ALL').then(
    () => client.release(),
    () => client.release(true),
  );
}

/** Begins, and gives the number of the server's process. Values come in one form whatever the settings of the role are. */
async function begin(client: PoolClient, options: TransactionOptions): Promise<number> {
  const results = (await client.query(
    [
      `BEGIN ISOLATION LEVEL READ COMMITTED ${options.isReadOnly ? 'READ ONLY' : 'READ WRITE'}`,
      "SET LOCAL TIME ZONE 'UTC'",
      "SET LOCAL datestyle = 'ISO, YMD'",
      "SET LOCAL intervalstyle = 'postgres'",
      "SET LOCAL bytea_output = 'hex'",
      'SET LOCAL extra_float_digits = 1',
      `SET LOCAL statement_timeout = ${Math.ceil(options.timeoutSeconds * 1000)}`,
      `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_SECONDS * 1000}`,
      'SELECT pg_backend_pid() AS pid',
    ].join('; '),
  )) as unknown as QueryResult<{ pid: number }>[];
  return results.at(-1)!.rows[0]!.pid;
}

/** The number of a transaction that has written something. */
async function xidOf(client: PoolClient): Promise<string | undefined> {
  const { rows } = await client.query<{ xid: string | null }>('SELECT pg_current_xact_id_if_assigned()::text AS xid');
  return rows[0]?.xid ?? undefined;
}

async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false; // The connection is gone, and the transaction with it.
  }
}

function isKnown(error: unknown): boolean {
  return error instanceof ConnectorError || isDatabaseError(error);
}

/** The server goes away: what it was to commit may be committed already. */
function isShutdown(error: unknown): boolean {
  return isDatabaseError(error) && (error.severity !== 'ERROR' || error.code?.startsWith('57') === true);
}

/** What was begun was rolled back, so a launch counts as not sent: it is made again, unless the run was canceled. */
function stopped({ isLaunch, action }: TransactionOptions): ConnectorError {
  const what = `"${action.manifest.title}" was stopped and rolled back`;
  if (!isLaunch) return new ConnectorError('ERR_CANCELED', what, { sent: 'no' });
  return new ConnectorError('ERR_NOT_SENT', what, { sent: 'no' });
}

function endedItself(): ConnectorError {
  return new ConnectorError('ERR_UPSTREAM', 'the statement ended the transaction that it ran in', {
    kind: 'invalid',
    hint: 'Remove COMMIT, ROLLBACK and the like: each run is one transaction, which is committed at its end.',
    sent: 'maybe',
  });
}
