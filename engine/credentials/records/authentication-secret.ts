import { ConnectorError } from '../../../connector/errors.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { type AuthenticationRecord, type AuthenticationSecret, sealOwnerOf } from './authentication-record.ts';

/** The secrets of a record, for the moment of their use. @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export function openSecret(ctx: Pick<Context, 'keyring'>, record: Stored<AuthenticationRecord>): AuthenticationSecret {
  if (record.sealed === undefined) return {};
  return JSON.parse(ctx.keyring.open(record.sealed, sealOwnerOf(record.value))) as AuthenticationSecret;
}

/** The error of every use of an authentication that a person must renew. */
export function needsReauth(record: AuthenticationRecord): ConnectorError {
  const what = record.status === 'revoked' ? 'was revoked' : 'must be renewed';
  return new ConnectorError(
    'ERR_NEEDS_REAUTH',
    `the authentication "${record.name}" ${what}${record.status_reason === undefined ? '' : `: ${record.status_reason}`}`,
    {
      hint:
        record.oauth_app !== undefined
          ? 'Sign in again. The id of the authentication stays the same.'
          : 'Store a new secret. The id of the authentication stays the same.',
      sent: 'no',
    },
  );
}
