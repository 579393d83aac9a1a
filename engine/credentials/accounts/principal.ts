import { ConnectorError } from '../../../connector/errors.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { modeOf } from '../records/auth-account.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
import { openSecret } from '../records/authentication-secret.ts';

/** What makes another authentication of the same service principal; its name and host are added. Holds the secret. */
export interface PrincipalBody {
  kind: string;
  client_id: string;
  client_secret: string;
  scopes?: string[];
}

/** @throws ConnectorError ERR_CONFLICT for a token or a login, which serve one host only; ERR_NEEDS_REAUTH when the secret is gone */
export function principalBody(ctx: Context, record: Stored<AuthenticationRecord>): PrincipalBody {
  const { kind, name, client_id, scopes } = record.value;
  const mode = modeOf(connectorOf(ctx, record.value.connector), kind).manifest;
  if (mode.grant !== 'client_credentials' || mode.client_auth === 'private_key_jwt') {
    throw new ConnectorError(
      'ERR_CONFLICT',
      `"${name}" is not a service principal, so it cannot be used for another host`,
      { hint: 'Sign in to the workspace through an OAuth app of its own host.', sent: 'no' },
    );
  }
  return {
    kind,
    client_id: client_id!,
    client_secret: openSecret(ctx, record).client_secret!,
    ...(scopes === undefined ? {} : { scopes }),
  };
}
