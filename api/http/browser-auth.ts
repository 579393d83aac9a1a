import type { FastifyRequest } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';
import type { Caller } from '../../engine/access/actor.ts';
import { authenticateApiKey } from '../../engine/access/api-keys.ts';
import { FIRST_TENANT } from '../../engine/access/first-key.ts';
import type { Context } from '../../engine/context.ts';
import { REQUIRED_ROLES } from '../roles.ts';
import { readKey, refusalOf } from './auth.ts';

/** Makes a browser ask for a user name and a password (RFC 7617). */
export const BASIC_CHALLENGE = 'Basic realm="penstock", charset="UTF-8"';

const BASIC = /^Basic +([A-Za-z0-9+/]+=*) *$/i;

/**
 * The Fastify hook of pages that show the whole installation: an API key of the first tenant, as Bearer or as the password of HTTP
 * Basic, which is all that a browser can send by itself. It keeps the password as long as it runs and sends it to these pages
 * only. Wrong keys are counted as everywhere.
 * Its errors: ERR_UNAUTHORIZED, ERR_FORBIDDEN, ERR_RATE_LIMITED.
 */
export function requireInstallationAdmin(ctx: Context, route: string): (request: FastifyRequest) => Promise<void> {
  const least = REQUIRED_ROLES[route];
  if (least === undefined || least === 'anyone') throw new Error(`api/roles.ts has no required role for ${route}`);
  return async (request) => {
    const password = readPassword(request);
    const caller = await authenticateApiKey(ctx, password ?? readKey(request), request.ip);
    request.caller = caller;
    const refusal = refusalOf(caller, least, 'this request') ?? foreign(caller);
    if (refusal === undefined) return;
    // A browser keeps a password until it gets a 401; after a 403 nobody could give another key.
    throw password === undefined ? refusal : new ConnectorError('ERR_UNAUTHORIZED', refusal.message, refusal);
  };
}

function foreign(caller: Caller): ConnectorError | undefined {
  if (caller.tenant === FIRST_TENANT) return undefined;
  return new ConnectorError('ERR_FORBIDDEN', `the API key "${caller.name}" is of the tenant "${caller.tenant}"`, {
    hint: `This shows the queues of all tenants: use an admin key of the first one, "${FIRST_TENANT}".`,
  });
}

/** The password of HTTP Basic; any user name will do. */
function readPassword({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const [, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return password.join(':');
}
