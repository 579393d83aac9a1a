import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, PoolClient } from 'pg';
import type { Access } from '../../connector/access.ts';
import { accountClient } from './settings.ts';

/** Of a question that every server answers at once. */
const ANSWER_MS = 10_000;
/** A server that does not react to a cancel is left. */
const CANCEL_MS = 10_000;
const OUTCOME_TRIES = 5;
const OUTCOME_MS = 200;
/** A commit that the server still works on, such as one with deferred constraints, is waited for this long. */
const COMMITTING_MS = 60_000;

/** A connection of its own for one question: those of the account may all be in use. */
export async function ask<T>(access: Access, question: (client: Client) => Promise<T>): Promise<T> {
  const AccountClient = await accountClient(access, { query_timeout: ANSWER_MS });
  const client = new AccountClient();
  // What matters of it, the question or the connection says.
  client.on('error', () => {});
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Cancels what a server's process runs once the signal is aborted. `end`: whether it did, once that is over. */
export function cancelOnAbort(
  signal: AbortSignal,
  access: Access,
  of: { client: PoolClient; pid: number },
): { end(): Promise<boolean> } {
  let canceling: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    const leave = () => void of.client.end();
    timer = setTimeout(leave, CANCEL_MS);
    canceling = ask(access, async (client) => {
      await client.query('SELECT pg_cancel_backend($1)', [of.pid]);
    }).catch(leave);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return {
    async end() {
      signal.removeEventListener('abort', cancel);
      await canceling;
      clearTimeout(timer);
      return canceling !== undefined;
    },
  };
}

/**
 * Leaves a server that says nothing for longer than it may take. Gives what ends that. pg documents no such limit: `query_timeout` counts
 * from the beginning of a statement, however much it sends. So the timeout is that of the socket, which is in the types of pg and not in
 * its documentation; a client without one throws here, before a statement is sent.
 */
export function leaveWhenSilent(client: PoolClient, ms: number): () => void {
  // A connection over TCP or TLS has a socket, which the types call a stream.
  const stream = client.connection.stream as Socket;
  const leave = () => void client.end();
  stream.setTimeout(ms);
  stream.on('timeout', leave);
  return () => {
    stream.off('timeout', leave);
    stream.setTimeout(0);
  };
}

/**
 * The outcome of a transaction whose commit was not answered, once the server has decided it. `unknown` when the server cannot be reached
 * in five tries, or still works on the commit after a minute. Never throws.
 */
export async function askOutcome(access: Access, xid: string): Promise<'committed' | 'aborted' | 'unknown'> {
  const end = performance.now() + COMMITTING_MS;
  for (let failures = 0; failures < OUTCOME_TRIES && performance.now() < end; await delay(OUTCOME_MS)) {
    const status = await ask(access, async (client) => {
      const { rows } = await client.query<{ status: string | null }>('SELECT pg_xact_status($1::xid8) AS status', [
        xid,
      ]);
      return rows[0]?.status;
    }).catch(() => undefined);
    if (status === 'committed' || status === 'aborted') return status;
    if (status !== 'in progress') failures += 1;
  }
  return 'unknown';
}
