import { ConnectorError } from '../../connector/errors.ts';
import type { Actor } from './actor.ts';
import { authenticateApiKey } from './api-keys.ts';
import type { Context } from './context.ts';
import { FIRST_TENANT } from './first-key.ts';

/** Anyone who has Redis and the encryption keys, at the command line of a machine. */
export interface Operator {
  /** The person's API key, when there is one. */
  apiKey: string | undefined;
  /** The user of the operating system. */
  user: string;
  host: string;
}

/**
 * In whose name an operator acts: that of the API key, so that its tenant's audit log tells of it; without one, or with one
 * that is of another Redis, the user of the machine, in the first tenant.
 * @throws ConnectorError ERR_FORBIDDEN for a key that is not an admin's
 */
export async function operatorOf(ctx: Context, { apiKey, user, host }: Operator): Promise<Actor> {
  const from = `${user}@${host}`;
  const caller = apiKey === undefined ? undefined : await authenticateApiKey(ctx, apiKey, from).catch(notHere);
  if (caller === undefined) return { tenant: FIRST_TENANT, keyId: 'command_line', name: user, from };
  if (caller.role !== 'admin')
    throw new ConnectorError('ERR_FORBIDDEN', `the API key "${caller.name}" has the role ${caller.role}, not admin`, {
      hint: 'Set PENSTOCK_API_KEY to an admin key, or unset it: the operating system user is then recorded in the audit log.',
    });
  return caller;
}

function notHere(error: unknown): undefined {
  const isUnknown =
    error instanceof ConnectorError && (error.code === 'ERR_UNAUTHORIZED' || error.code === 'ERR_RATE_LIMITED');
  if (!isUnknown) throw error;
}
