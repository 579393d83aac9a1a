import { parseCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';

/** The value of a cookie; undefined without one, and for an empty one. */
export function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name];
  return value === '' ? undefined : value;
}
