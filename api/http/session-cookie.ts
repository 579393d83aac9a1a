import { stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';
import { SESSION_LIFE_MS } from '../../engine/access/sessions.ts';
import { cookieOf } from './cookies.ts';

/** Holds the token of a browser session. */
export const SESSION_COOKIE = 'penstock_session';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The session token of a request; undefined without one. */
export function sessionTokenOf(request: FastifyRequest): string | undefined {
  return cookieOf(request, SESSION_COOKIE);
}

/**
 * The Set-Cookie value of a session; without a token, the one that removes it. Strict: no other site can send it, not even by
 * a link. Secure when the request or the public URL is HTTPS.
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
 */
export function sessionCookie(token: string | undefined, request: FastifyRequest, publicUrl: string): string {
  return stringifySetCookie({
    name: SESSION_COOKIE,
    value: token ?? '',
    maxAge: token === undefined ? 0 : SESSION_LIFE_MS / 1000,
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https' || publicUrl.startsWith('https:'),
  });
}

/**
 * Refuses what another site sends in a signed-in person's name: a request that writes must come from a page of this server,
 * which the browser's Origin header says.
 * @throws ConnectorError ERR_FORBIDDEN
 */
export function checkOrigin(request: FastifyRequest, publicUrl: string): void {
  if (READING.has(request.method)) return;
  const { origin } = request.headers;
  const own = [new URL(publicUrl).origin, `${request.protocol}://${request.host}`];
  if (origin !== undefined && own.includes(origin)) return;
  throw new ConnectorError(
    'ERR_FORBIDDEN',
    origin === undefined
      ? 'a request that writes with a session requires an Origin header'
      : `the Origin "${origin.slice(0, 200)}" does not belong to this server`,
    { hint: `Send it from a page of ${own[0]}, or with an API key in the Authorization header.` },
  );
}
