import type { JsonObject } from '../connector/manifest.ts';
import { finishBrowserLogin, finishLogin } from '../engine/credentials/logins/finish-login.ts';
import { startLogin } from '../engine/credentials/logins/login-start.ts';
import { LOGIN_LIFE_MS } from '../engine/credentials/logins/login-state.ts';
import { AUTHORIZE_SCHEMA, beginLogin, beginSessionLogin } from '../engine/credentials/logins/logins.ts';
import { cookieOf } from './http/cookies.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { messagePage, pageAnswer } from './pages/html.ts';

const COMPLETE_BODY: JsonObject = {
  type: 'object',
  required: ['query'],
  additionalProperties: false,
  properties: {
    query: {
      title: 'Query',
      type: 'string',
      minLength: 1,
      maxLength: 8000,
      description: 'Query string of the URL to which the browser was redirected.',
    },
  },
};

export const loginSchemas: JsonObject = {
  Login: object({
    url: {
      ...TEXT,
      description: 'URL to open in the browser: a page of the service, or of Penstock with `bind_browser`.',
    },
    expires_at: TIME,
  }),
};

/** Binds a login that began on a connect page, or at a start URL, to its browser. */
const BINDING_COOKIE = 'penstock_login';
const CALLBACK = '/oauth/callback';

/** Begin and finish a login of a person. */
export function oauthRoutes({ ctx }: Serving): Route[] {
  const tag = 'Logins';
  return [
    route({
      method: 'POST',
      path: '/v1/oauth/authorize',
      operation: 'begin_login',
      failures: [404],
      tag,
      summary: 'Start a login. The response contains the URL to open in the browser.',
      body: AUTHORIZE_SCHEMA,
      bodyCheck: 'engine',
      isSecret: true,
      answers: { 200: { description: 'A single-use URL to open in the browser.', schema: ref('Login') } },
      async handle({ caller, body }) {
        if (caller.isSession !== true) return { status: 200, body: await beginLogin(ctx, caller, body ?? {}) };
        // This is the person's own browser. The session cookie is not sent when the service leads back, so another one is set.
        const { binding, ...begun } = await beginSessionLogin(ctx, caller, body ?? {});
        const cookie = bindingCookie(binding, LOGIN_LIFE_MS / 1000, ctx.config.publicUrl);
        return { status: 200, headers: { 'set-cookie': cookie }, body: begun };
      },
    }),
    route<unknown, { query: string }>({
      method: 'POST',
      path: '/v1/oauth/complete',
      operation: 'complete_login',
      tag,
      summary: 'Complete a login that was redirected to a terminal.',
      body: COMPLETE_BODY,
      answers: { 201: { description: 'The authentication.', schema: ref('Authentication') } },
      async handle({ caller, body, request }) {
        const params = new URLSearchParams(body.query.replace(/^\?/, ''));
        return { status: 201, body: await finishLogin(ctx, { params, caller, from: request.ip }) };
      },
    }),
    route({
      method: 'GET',
      path: '/oauth/start/{login}',
      operation: 'start_login',
      failures: [400],
      unanswered: [404],
      tag,
      summary:
        'Bind a login to the first browser that opens this URL and redirect it to the login page of the service.',
      description: 'Not called by API clients: `POST /v1/oauth/authorize` with `bind_browser` returns this URL.',
      isOpenQuery: true,
      isPage: true,
      isOnce: true,
      answers: { 303: { description: 'Redirect to the login page.', headers: { Location: 'The login page.' } } },
      async handle({ params, request }) {
        const { url, binding } = await startLogin(ctx, params.login!, request.ip);
        const cookie = bindingCookie(binding, LOGIN_LIFE_MS / 1000, ctx.config.publicUrl);
        return { status: 303, headers: { location: url, 'set-cookie': cookie, 'referrer-policy': 'no-referrer' } };
      },
    }),
    route({
      method: 'GET',
      path: CALLBACK,
      operation: 'oauth_callback',
      failures: [400],
      tag,
      summary: 'Receive the redirect from the login page of the service.',
      description:
        'Not called by API clients. Any query parameter is accepted, because OAuth servers can add their own.',
      isOpenQuery: true,
      isPage: true,
      isOnce: true,
      answers: {
        200: { description: 'A page that confirms the login.', content: 'text/html' },
        303: {
          description: 'Redirect to the page where the login started.',
          headers: {
            Location:
              '`return_to` of the login or connect link, with `status`, `account`, `authentication` or `error`, and `state`, also after a refused login.',
          },
        },
      },
      async handle({ request }) {
        const finished = await finishBrowserLogin(ctx, {
          params: new URL(request.url, ctx.config.publicUrl).searchParams,
          binding: cookieOf(request, BINDING_COOKIE),
          from: request.ip,
        });
        const headers = { 'set-cookie': bindingCookie('', 0, ctx.config.publicUrl) };
        if ('refused' in finished || finished.return_to !== undefined) {
          const location = finished.return_to!;
          return { status: 303, headers: { ...headers, location, 'referrer-policy': 'no-referrer' } };
        }
        const { authentication } = finished;
        const who = authentication.user_name === undefined ? '' : ` as ${authentication.user_name}`;
        return pageAnswer(200, messagePage('Signed in', `You signed in${who}. You can close this window.`), headers);
      },
    }),
  ];
}

/** The Set-Cookie value that binds a login to a browser, or with 0 seconds takes it back. */
export function bindingCookie(value: string, seconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  return `${BINDING_COOKIE}=${value}; HttpOnly; SameSite=Lax; Path=${CALLBACK}; Max-Age=${seconds}${secure}`;
}
