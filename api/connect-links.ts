import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { CONNECT_LINK_SCHEMA } from '../engine/credentials/logins/connect-link-schema.ts';
import {
  beginConnectLogin,
  createConnectLink,
  guardConnectForm,
  readConnectLink,
  submitConnectLink,
} from '../engine/credentials/logins/connect-links.ts';
import { LOGIN_LIFE_MS } from '../engine/credentials/logins/login-state.ts';
import { toProblem } from './http/problem.ts';
import { type Answer, type Route, route } from './http/route.ts';
import { object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { bindingCookie } from './oauth.ts';
import { connectPage } from './pages/connect-page.ts';
import { messagePage, pageAnswer } from './pages/html.ts';
import { toPlainProblem } from './pages/plain-problem.ts';

/** What a date field of a form gives. */
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const connectLinkSchemas: JsonObject = {
  ConnectLink: object({
    id: TEXT,
    url: { ...TEXT, description: 'URL for the end user. It is shown only once.' },
    expires_at: TIME,
  }),
};

const FORM: JsonObject = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { type: 'string', description: 'One of the kinds that the link offers.' } },
  additionalProperties: { type: 'string', description: 'The fields of the kind. A date is a day.' },
};

/** Links for end users without an API key, and their page. */
export function connectLinkRoutes({ ctx }: Serving): Route[] {
  const { publicUrl } = ctx.config;
  const tag = 'Connect links';
  const guard: Route['guard'] = ({ params, request }) => guardConnectForm(ctx, params.link!, request.ip);
  return [
    route({
      method: 'POST',
      path: '/v1/connect_links',
      operation: 'create_connect_link',
      failures: [404],
      tag,
      summary: 'Create a single-use link with which an end user connects a workspace.',
      body: CONNECT_LINK_SCHEMA,
      bodyCheck: 'engine',
      isSecret: true,
      answers: { 201: { description: 'The link.', schema: ref('ConnectLink') } },
      handle: async ({ caller, body }) => ({ status: 201, body: await createConnectLink(ctx, caller, body ?? {}) }),
    }),
    route({
      method: 'GET',
      path: '/connect/{link}',
      operation: 'show_connect_page',
      failures: [403, 429],
      tag,
      summary: 'Show the page on which an end user connects a workspace.',
      isPage: true,
      answers: { 200: { description: 'The page.', content: 'text/html' } },
      async handle({ params, request }) {
        const view = await readConnectLink(ctx, params.link!, request.ip);
        return pageAnswer(200, connectPage(view, pathOf(params.link!)));
      },
    }),
    route<unknown, Record<string, string>>({
      method: 'POST',
      path: '/connect/{link}',
      operation: 'submit_connect_page',
      failures: [422, 429],
      tag,
      summary: 'Submit the form of an end user.',
      isPage: true,
      isForm: true,
      guard,
      body: FORM,
      bodyCheck: 'engine',
      answers: {
        200: { description: 'A page that confirms the connection.', content: 'text/html' },
        303: {
          description: 'The workspace is connected: redirect to `return_to` of the link.',
          headers: { Location: '`return_to` with `status`, `account`, `authentication` and `state`.' },
        },
      },
      async handle({ params, body, request }): Promise<Answer> {
        const link = params.link!;
        const from = request.ip;
        // An empty field of a form was left out.
        const fields = Object.fromEntries(Object.entries(body ?? {}).filter(([, value]) => value.trim() !== ''));
        try {
          const { authentication: made, return_to } = await submitConnectLink(ctx, link, {
            fields: withTime(fields),
            from,
          });
          if (return_to !== undefined)
            return { status: 303, headers: { location: return_to, 'referrer-policy': 'no-referrer' } };
          const who = made.user_name === undefined ? '' : ` as ${made.user_name}`;
          return pageAnswer(
            200,
            messagePage('Connected', `${made.host} is connected${who}. You can close this window.`),
          );
        } catch (error) {
          if (!(error instanceof ConnectorError) || error.code === 'ERR_LINK_INVALID') throw error;
          const view = await readConnectLink(ctx, link, from);
          const problem = toPlainProblem(toProblem(error, publicUrl).problem, view.connector_title);
          const shown = view.modes
            .flatMap((mode) => mode.fields)
            .filter(({ kind }) => kind !== 'password' && kind !== 'key');
          const values = Object.fromEntries(shown.map(({ name }) => [name, fields[name] ?? '']));
          const refused = { kind: fields.kind ?? '', values, problem };
          return pageAnswer(problem.status, connectPage(view, pathOf(link), refused));
        }
      },
    }),
    route({
      method: 'POST',
      path: '/connect/{link}/login',
      operation: 'begin_connect_login',
      failures: [429],
      tag,
      summary: 'Redirect an end user to the login page of the service.',
      isPage: true,
      isForm: true,
      guard,
      bodyCheck: 'engine',
      answers: { 303: { description: 'Redirect to the login page.', headers: { Location: 'The login page.' } } },
      async handle({ params, request }) {
        const { url, binding } = await beginConnectLogin(ctx, params.link!, request.ip);
        const cookie = bindingCookie(binding, LOGIN_LIFE_MS / 1000, publicUrl);
        return { status: 303, headers: { location: url, 'set-cookie': cookie, 'referrer-policy': 'no-referrer' } };
      },
    }),
  ];
}

/** A day begins when it begins in UTC, so that the warning never comes late. */
function withTime(fields: Record<string, string>): Record<string, string> {
  const { expires_at: day } = fields;
  return day !== undefined && DAY.test(day) ? { ...fields, expires_at: `${day}T00:00:00Z` } : fields;
}

/** Relative to the host: the page may be reached by another address than the public one. */
function pathOf(link: string): string {
  return `/connect/${encodeURIComponent(link)}`;
}
