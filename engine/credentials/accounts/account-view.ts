import type { Connector } from '../../../connector/manifest.ts';
import type { Metadata } from '../../store/metadata.ts';
import { toTimestamp } from '../../store/timestamps.ts';
import { connectionOf } from '../records/auth-account.ts';
import {
  type AccountLimits,
  type AuthenticationRecord,
  type AuthenticationStatus,
  type LinkedAccountRecord,
  statusOf,
} from '../records/authentication-record.ts';

/** A linked account as it is shown. Times in RFC 3339. */
export type LinkedAccountView = OwnFields & {
  /** Fields that the connector declares. */
  [field: string]: unknown;
};

interface OwnFields {
  id: string;
  name: string;
  connector: string;
  /** Of its default authentication; `no_authentication` when it has none. */
  status: AuthenticationStatus | 'no_authentication';
  host?: string;
  /** Of the default authentication, as are the times. */
  user_name?: string;
  expires_at?: string;
  tested_at?: string;
  default_authentication?: string;
  limits?: AccountLimits;
  metadata?: Metadata;
  paused?: { at: string; by: string; reason?: string };
  created_at: string;
  updated_at: string;
  created_by: string;
}

/** An account with what is shown of its default authentication. */
export function toAccountView(
  connector: Connector | undefined,
  account: LinkedAccountRecord,
  auth: AuthenticationRecord | undefined,
  now: number,
): LinkedAccountView {
  return {
    id: account.id,
    name: account.name,
    connector: account.connector,
    status: auth === undefined ? 'no_authentication' : statusOf(auth, now),
    ...(auth === undefined ? {} : shownOf(auth)),
    ...(connector === undefined ? {} : connectionOf(connector, account)),
    ...(account.default_authentication === undefined ? {} : { default_authentication: account.default_authentication }),
    ...(account.limits === undefined ? {} : { limits: account.limits }),
    ...(account.metadata === undefined ? {} : { metadata: account.metadata }),
    ...(account.paused === undefined ? {} : { paused: { ...account.paused, at: toTimestamp(account.paused.at) } }),
    created_at: toTimestamp(account.created_at),
    updated_at: toTimestamp(account.updated_at),
    created_by: account.created_by,
  };
}

function shownOf({ host, user_name, expires_at, tested_at }: AuthenticationRecord): Partial<OwnFields> {
  return {
    host,
    ...(user_name === undefined ? {} : { user_name }),
    ...(expires_at === undefined ? {} : { expires_at: toTimestamp(expires_at) }),
    ...(tested_at === undefined ? {} : { tested_at: toTimestamp(tested_at) }),
  };
}
