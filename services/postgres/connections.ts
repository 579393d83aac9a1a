import type { Pool, PoolClient } from 'pg';
import type { Access, Connections } from '../../connector/access.ts';
import { accountClient, CONNECT_MS } from './settings.ts';
import type { TypeInfo } from './types.ts';

/** The connections of one account. The library is loaded with the first. */
export interface Database extends Connections {
  take(): Promise<PoolClient>;
  /** Types that are not built in, by their number. */
  readonly types: Map<number, TypeInfo>;
}

/** Of one process, for an account without a limit of its own. How many run at once over all processes is the limit of the account. */
const MAX_CONNECTIONS = 10;
/** An idle connection costs the server a process. */
const IDLE_MS = 10_000;

/** The connections of an account, kept where the engine keeps them. */
export function databaseOf(access: Access): Database {
  return access.keep?.(() => openDatabase(access)) ?? openDatabase(access);
}

function openDatabase(access: Access): Database {
  let opened: Promise<Pool> | undefined;
  let pool: Pool | undefined;
  const open = async () => {
    const [{ default: pg }, Client] = await Promise.all([import('pg'), accountClient(access)]);
    pool = new pg.Pool({
      Client,
      connectionTimeoutMillis: CONNECT_MS,
      max: access.concurrent ?? MAX_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
    });
    // Of an idle connection that the server closed; the pool gives it up.
    pool.on('error', () => {});
    return pool;
  };
  return {
    types: new Map(),
    get isEmpty() {
      return (pool?.totalCount ?? 0) === 0;
    },
    async take() {
      opened ??= open();
      opened.catch(() => {
        opened = undefined;
      });
      const client = await (await opened).connect();
      // Between two queries a broken connection is nobody's error; the next query says so.
      if (client.listenerCount('error') === 0) client.on('error', () => {});
      return client;
    },
    async close() {
      await (await opened)?.end();
    },
  };
}
