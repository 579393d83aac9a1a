import type { DatabaseError } from 'pg';
import type { Access } from '../../connector/access.ts';
import { PRIVATE_ADDRESS } from '../../connector/addresses.ts';
import { ConnectorError } from '../../connector/errors.ts';
import { privateAddress } from '../../connector/failures.ts';
import type { Action } from '../../connector/manifest.ts';
import { findRule, rulesOf } from '../../connector/outcome.ts';

/** When it failed: before the statement was sent, before its transaction was committed, or with the commit under way. */
export type Moment = 'connect' | 'work' | 'commit';

type Thrown = Error & { code?: string; severity?: string; errors?: Error[] };

const TLS_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** What the pool says when no connection was given back in time. */
const NO_CONNECTION_FREE = 'timeout exceeded when trying to connect';
const CA_HINT =
  'Set the CA certificate of the server in the account (ca_certificate), and the host name that is in its certificate.';

/** Whether the server answered with an error of its own; otherwise the connection is gone. */
export function isDatabaseError(thrown: unknown): thrown is DatabaseError {
  const { code, severity } = thrown as Thrown;
  return typeof severity === 'string' && SQLSTATE.test(code ?? '');
}

/** The one meaning of what the library threw. Never holds the password. */
export function toFailure(
  thrown: unknown,
  of: { moment: Moment; access: Access; action?: Action | undefined },
): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown;
  if (isDatabaseError(thrown) && of.moment !== 'commit') return ofDatabase(thrown, of);
  const cause = innermost(thrown as Thrown);
  const code = cause.code ?? '';
  const host = of.access.hostname;
  if (code === PRIVATE_ADDRESS) return privateAddress(host);
  if (of.moment === 'connect') return notConnected(cause, host);
  if (of.moment === 'commit') {
    return new ConnectorError('ERR_NO_ANSWER', `the connection to ${host} was lost while the changes were committed`, {
      sent: 'maybe',
      cause,
    });
  }
  // Without its commit a transaction is rolled back: nothing has happened.
  return new ConnectorError('ERR_NOT_SENT', `the connection to ${host} was lost before anything was committed`, {
    sent: 'no',
    cause,
  });
}

function notConnected(cause: Thrown, host: string): ConnectorError {
  const code = cause.code ?? '';
  if (cause.message === NO_CONNECTION_FREE) {
    return new ConnectorError('ERR_NOT_SENT', `all connections of this worker to ${host} are in use`, {
      hint: 'Set limits.concurrent of the linked account: runs then wait for their turn.',
      sent: 'no',
      cause,
    });
  }
  const isTls = TLS_CODE.test(code) || /SSL|certificate/i.test(cause.message);
  const reason = code === '' ? cause.message : `${code}${isTls ? ` (${cause.message})` : ''}`;
  const noSsl = /does not support SSL/.test(cause.message);
  return new ConnectorError('ERR_NOT_SENT', `${host} could not be reached: ${reason}`, {
    ...(isTls ? { kind: 'failed', hint: noSsl ? 'The server has no TLS. Enable it there.' : CA_HINT } : {}),
    sent: 'no',
    cause,
  });
}

function ofDatabase(error: DatabaseError, { moment, access, action }: Parameters<typeof toFailure>[1]): ConnectorError {
  const { hostname: host } = access;
  const { code = '', detail } = error;
  const message = detail === undefined ? error.message : `${error.message} (${detail})`;
  const upstream = { error_code: code, message, sql_state: code };
  const isRefused = code === '28P01' || (code === '28000' && !/pg_hba/.test(error.message));
  if (isRefused) {
    return new ConnectorError('ERR_AUTH_FAILED', `${host} does not accept the user and password: ${error.message}`, {
      hint: 'Check the user and the password of the authentication.',
      upstream,
      sent: 'answered',
    });
  }
  const rules = action === undefined ? access.rules : rulesOf({ action, connector: action.connector });
  const rule = findRule(rules, { status: 0, code, message });
  const grants = rule?.kind === 'permission' ? action?.manifest.requires?.grants : undefined;
  const hint = rule?.hint ?? error.hint ?? (grants === undefined ? undefined : `Required: ${grants.join('; ')}.`);
  const what =
    moment === 'connect' ? `${host} refused the connection` : `${action?.manifest.title ?? 'The test'} failed`;
  const place = error.position === undefined ? '' : `, at character ${error.position} of the statement`;
  return new ConnectorError('ERR_UPSTREAM', `${what}: ${message}${place} (SQLSTATE ${code})`, {
    kind: rule?.kind ?? 'failed',
    hint,
    upstream,
    sent: moment === 'connect' ? 'no' : 'answered',
    launchEnded: true,
  });
}

/** Of several addresses that were tried, what the first said. */
function innermost(thrown: Thrown): Thrown {
  const first = thrown.errors?.[0] ?? thrown;
  const { cause } = first as { cause?: Thrown };
  return cause instanceof Error ? innermost(cause) : (first as Thrown);
}
