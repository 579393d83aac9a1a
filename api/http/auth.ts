import type { FastifyRequest } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';
import type { Caller } from '../../engine/access/actor.ts';
import { authenticateApiKey } from '../../engine/access/api-keys.ts';
import { mayAct, type Role } from '../../engine/access/roles.ts';
import { authenticateSession } from '../../engine/access/sessions.ts';
import type { Context } from '../../engine/context.ts';
import { roleOfAction } from '../role-of-action.ts';
import { checkOrigin, sessionTokenOf } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request; null on routes for anyone. */
    caller: Caller | null;
  }
}

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * The Fastify hook of a route that requires at least the role `least`; it runs before the body is read.
 * Its errors: ERR_UNAUTHORIZED without a key that is known, ERR_FORBIDDEN for a lesser role, ERR_RATE_LIMITED.
 */
export function requireRole(ctx: Context, least: Role): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const caller = await authenticate(ctx, request);
    request.caller = caller;
    const refusal = refusalOf(caller, least, 'this request');
    if (refusal !== undefined) throw refusal;
  };
}

/** The caller by the API key of the Authorization header, else by the session cookie. */
async function authenticate(ctx: Context, request: FastifyRequest): Promise<Caller> {
  const session = request.headers.authorization === undefined ? sessionTokenOf(request) : undefined;
  if (session === undefined) return authenticateApiKey(ctx, readKey(request), request.ip);
  checkOrigin(request, ctx.config.publicUrl);
  return authenticateSession(ctx, session, request.ip);
}

/** For a request to run this action by itself. @throws ConnectorError ERR_FORBIDDEN when the action needs a higher role than the route */
export function requireActionRole(
  { manifests }: Pick<Context, 'manifests'>,
  caller: Caller,
  action: string | undefined,
): void {
  const least = roleOfAction(manifests, action);
  const refusal = least === undefined ? undefined : refusalOf(caller, least, `"${action}"`);
  if (refusal !== undefined) throw refusal;
}

/** What a key of a lesser role is told. */
export function refusalOf({ name, role }: Caller, least: Role, what: string): ConnectorError | undefined {
  if (mayAct(role, least)) return undefined;
  return new ConnectorError('ERR_FORBIDDEN', `the API key "${name}" has the role ${role}; ${what} requires ${least}`, {
    hint: `Use a key with the role ${least} or a higher one.`,
  });
}

/** The API key that a request bears. @throws ConnectorError ERR_UNAUTHORIZED */
export function readKey(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (header === undefined) throw new ConnectorError('ERR_UNAUTHORIZED', 'the request has no Authorization header');
  const key = BEARER.exec(header)?.[1];
  if (key === undefined) {
    throw new ConnectorError('ERR_UNAUTHORIZED', 'the Authorization header is not "Bearer <api key>"');
  }
  return key;
}
