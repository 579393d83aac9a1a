import type { JsonObject } from '../connector/manifest.ts';
import { authenticateApiKey } from '../engine/access/api-keys.ts';
import { createSession, endSession } from '../engine/access/sessions.ts';
import { createSignInLink, useSignInLink } from '../engine/access/sign-in-links.ts';
import { getTenant } from '../engine/access/tenants.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT, TEXTS, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { checkOrigin, sessionCookie, sessionTokenOf } from './http/session-cookie.ts';
import { rightsOf } from './rights.ts';

const SECRET: JsonObject = { type: 'string', minLength: 1, maxLength: 500, writeOnly: true };

/** Body of `POST /v1/session`. */
const SIGN_IN: JsonObject = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    key: { ...SECRET, title: 'API key' },
    link: { ...SECRET, title: 'Sign-in link', description: 'The secret of a sign-in link, after "#link=".' },
  },
};

export const sessionSchemas: JsonObject = {
  Session: object({
    expires_at: {
      ...TIME,
      description: 'Latest expiration. The session expires earlier after 12 hours without a request.',
    },
  }),
  SignInLink: object({
    url: { ...TEXT, description: 'Signs in one browser, once. It is shown only once.' },
    expires_at: TIME,
  }),
  Me: object({
    tenant: object({ id: TEXT, name: TEXT }),
    role: { type: 'string', enum: ['viewer', 'operator', 'builder', 'admin'] },
    key: object({ id: TEXT, name: TEXT }),
    rights: {
      ...TEXTS,
      description: 'The routes that the caller may call, such as `POST /v1/runs`, with paths as written here.',
    },
  }),
};

/** Browser sessions: an API key or a sign-in link becomes a cookie. */
export function sessionRoutes({ ctx }: Serving): Route[] {
  const tag = 'Sessions';
  const { publicUrl } = ctx.config;
  return [
    route<unknown, { key?: string; link?: string }>({
      method: 'POST',
      path: '/v1/session',
      operation: 'create_session',
      failures: [401, 403, 404, 429],
      tag,
      summary: 'Sign in a browser. The response sets the cookie `penstock_session`.',
      description:
        'The session has the permissions of the API key and stops working with it. Requests that write require an `Origin` header of this server.',
      body: SIGN_IN,
      answers: {
        201: {
          description: 'Signed in.',
          schema: ref('Session'),
          headers: { 'Set-Cookie': 'The session: HttpOnly, SameSite=Strict, and Secure behind HTTPS.' },
        },
      },
      async handle({ body: { key, link }, request }) {
        // Otherwise another site could sign a person in with a key of its own.
        if (request.headers.origin !== undefined) checkOrigin(request, publicUrl);
        const caller =
          link === undefined
            ? await authenticateApiKey(ctx, key!, request.ip)
            : await useSignInLink(ctx, link, request.ip);
        const old = sessionTokenOf(request);
        if (old !== undefined) await endSession(ctx, old);
        const { token, expiresAt } = await createSession(ctx, caller);
        return {
          status: 201,
          headers: { 'set-cookie': sessionCookie(token, request, publicUrl) },
          body: { expires_at: toTimestamp(expiresAt) },
        };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/session',
      operation: 'delete_session',
      failures: [403],
      tag,
      summary: 'Sign out a browser. Without a session, nothing happens.',
      answers: {
        204: { description: 'Signed out.', headers: { 'Set-Cookie': 'Removes the cookie.' } },
      },
      async handle({ request }) {
        const token = sessionTokenOf(request);
        if (token !== undefined) {
          checkOrigin(request, publicUrl);
          await endSession(ctx, token);
        }
        return { status: 204, headers: { 'set-cookie': sessionCookie(undefined, request, publicUrl) } };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/sign_in_links',
      operation: 'create_sign_in_link',
      tag,
      summary: 'Create a single-use link that signs in one browser. It is valid for ten minutes.',
      isSecret: true,
      answers: { 201: { description: 'The link.', schema: ref('SignInLink') } },
      handle: async ({ caller }) => ({ status: 201, body: await createSignInLink(ctx, caller) }),
    }),
    route({
      method: 'GET',
      path: '/v1/me',
      operation: 'get_me',
      tag,
      summary: 'Get the caller and the routes that they may call.',
      answers: { 200: { description: 'The caller.', schema: ref('Me') } },
      async handle({ caller }) {
        const { id, name } = await getTenant(ctx, caller.tenant);
        return {
          status: 200,
          body: {
            tenant: { id, name },
            role: caller.role,
            key: { id: caller.keyId, name: caller.name },
            rights: rightsOf(caller.role),
          },
        };
      },
    }),
  ];
}
