import { ConnectorError } from '../../../connector/errors.ts';
import { tryLock } from '../../store/locks.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
import type { Credential } from '../records/token-cache.ts';
import { markNeedsReauth } from './authentication-status.ts';
import { probe } from './probe.ts';

/** One process asks for all; the others' runs fail with what is known. */
const LOCK_MS = 10_000;

/**
 * A request was refused although nothing can be renewed (a personal access token): asks the service once who this is. When
 * it refuses that too, the token is dead, and the authentication is marked as one that needs a person. Never throws.
 */
export async function confirmRefused(
  ctx: Context,
  record: Stored<AuthenticationRecord>,
  credential: Credential,
): Promise<void> {
  if (record.value.status !== 'active') return;
  const { value } = record;
  try {
    const lock = await tryLock(ctx, `confirm:${value.id}`, LOCK_MS);
    if (lock === undefined) return;
    try {
      await probe(ctx, credential);
    } catch (error) {
      if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
      await markNeedsReauth(ctx, record, error.upstream?.message ?? error.message);
    } finally {
      await lock.release();
    }
  } catch (error) {
    // The run fails with the refusal it met; whether the token is dead is found at the next one.
    ctx.log.warn(
      { authentication: value.id, reason: (error as Error).message },
      'a rejected token could not be verified',
    );
  }
}
