import type { Client, ClientConfig } from 'pg';
import { type Access, guardedSocket } from '../../connector/access.ts';
import { ConnectorError } from '../../connector/errors.ts';

type SslMode = 'verify-full' | 'require' | 'disable';

export const CONNECT_MS = 10_000;

/** What connects to an account. Nothing is taken from the environment of the process. @throws ConnectorError ERR_HOST_NOT_ALLOWED */
export async function accountClient(access: Access, more: ClientConfig = {}): Promise<new () => Client> {
  const { default: pg } = await import('pg');
  const settings = { ...settingsOf(access), ...more };
  return class extends pg.Client {
    constructor() {
      super(settings);
      // What is not set is read from PGOPTIONS and PGREPLICATION, an empty text too, and a blank one would be sent, which poolers refuse.
      // No documented setting leaves both out.
      const { connectionParameters } = this as unknown as { connectionParameters: object };
      Object.assign(connectionParameters, { options: undefined, replication: undefined });
    }
  };
}

function settingsOf(access: Access): ClientConfig {
  const { account, secrets, hostname } = access;
  return {
    host: hostname,
    port: Number(account.port),
    database: String(account.database),
    user: String(account.username),
    password: String(secrets.password),
    ssl: sslOf(access),
    sslnegotiation: 'postgres',
    application_name: 'penstock',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    stream: () => guardedSocket(access),
  };
}

function sslOf({ account, hostname, isListed }: Access): ClientConfig['ssl'] {
  const mode = (account.ssl_mode ?? 'verify-full') as SslMode;
  if (mode === 'require') return { rejectUnauthorized: false };
  if (mode === 'verify-full') {
    const { ca_certificate: ca } = account;
    return { rejectUnauthorized: true, ...(typeof ca === 'string' ? { ca } : {}) };
  }
  if (isListed) return false;
  throw new ConnectorError('ERR_HOST_NOT_ALLOWED', `"${hostname}" cannot be connected to without encryption`, {
    hint: 'Set ssl_mode to "verify-full" or "require", or ask an operator to add the host to PENSTOCK_ALLOWED_HOSTS.',
    errors: [{ pointer: '/ssl_mode', message: 'is "disable", which only hosts in PENSTOCK_ALLOWED_HOSTS may have' }],
    sent: 'no',
  });
}
