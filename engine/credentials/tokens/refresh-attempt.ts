import type { Lock } from '../../store/locks.ts';
import { type Stored, transact, type Write } from '../../store/records.ts';
import { nodesOf } from '../../store/redis.ts';
import type { Context } from '../context.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';

/**
 * A token request that carries a refresh token is written down before it is sent. Services that rotate refresh tokens
 * take a second use of one for theft and kill the whole grant (RFC 9700 section 4.14.2), so when the holder of the lock
 * vanishes in mid-request, nobody may send the same token until it is sure that no answer can still arrive there.
 */
interface Attempt {
  secret_version: number;
  owner: string;
  /** Redis' number of the connection of the process that made it: gone when that process is gone, there while it is paused. */
  connection: string;
  /** The node that gave the number; of a Cluster, each has its own. */
  node: string;
}

/** Longer than any patience; Redis' own count down from it gives the attempt's age without anybody's clock. */
const REMEMBERED_MS = 86_400_000;

/** Writes the attempt down, if the lock is still ours and the authentication unchanged; false otherwise. */
export async function markAttempt(ctx: Context, record: Stored<AuthenticationRecord>, lock: Lock): Promise<boolean> {
  const { id, secret_version } = record.value;
  const attempt: Attempt = {
    secret_version,
    owner: lock.owner,
    ...(await ownConnection(ctx)),
  };
  const failed = await transact(
    ctx,
    [
      ['equals', lock.key, lock.owner],
      ['version', ctx.keys.record('authentication', id), String(record.version)],
    ],
    [['SET', ctx.keys.refreshAttempt(id), JSON.stringify(attempt), 'PX', REMEMBERED_MS]],
  );
  return failed === undefined;
}

/** The write that ends an attempt, whatever came of it. */
export function endAttemptWrite(ctx: Context, id: string): Write {
  return ['DEL', ctx.keys.refreshAttempt(id)];
}

/**
 * Whether an earlier attempt with the present refresh token may still be answered: its process is connected (at work, or
 * paused with the answer waiting for it), or it went so lately that the request may be on its way.
 */
export async function isAttemptOpen(ctx: Context, record: AuthenticationRecord): Promise<boolean> {
  const key = ctx.keys.refreshAttempt(record.id);
  const [text, leftMs] = await Promise.all([ctx.redis.get(key), ctx.redis.pttl(key)]);
  if (text === null) return false;
  const attempt = JSON.parse(text) as Attempt;
  if (attempt.secret_version !== record.secret_version) return false;
  const ageMs = REMEMBERED_MS - leftMs;
  const { attemptMs, patienceMs } = ctx.tokens.timings;
  if (ageMs > patienceMs) return false;
  return ageMs <= attemptMs || (await isConnected(ctx, attempt));
}

async function ownConnection({ redis }: Context): Promise<Pick<Attempt, 'connection' | 'node'>> {
  const [first] = nodesOf(redis);
  const id = await first?.node.client('ID').catch(() => '');
  return { connection: String(id ?? ''), node: first?.name ?? '' };
}

async function isConnected({ redis }: Context, attempt: Attempt): Promise<boolean> {
  const { connection, node: name = '' } = attempt;
  const found = nodesOf(redis).find((each) => each.name === name);
  // Nothing is known, of a node that is gone or a server that does not allow CLIENT LIST: the attempt keeps its time.
  if (connection === '' || found === undefined) return true;
  try {
    return String(await found.node.client('LIST', 'ID', connection)).trim() !== '';
  } catch {
    return true;
  }
}
