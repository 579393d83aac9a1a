import type { JsonObject } from '../connector/manifest.ts';
import {
  loginConnectors,
  OAUTH_APP_CHANGE_SCHEMA,
  oauthAppSchema,
} from '../engine/credentials/oauth/oauth-app-schema.ts';
import { listOAuthAppTemplates } from '../engine/credentials/oauth/oauth-app-view.ts';
import {
  createOAuthApp,
  deleteOAuthApp,
  getOAuthApp,
  listOAuthApps,
  updateOAuthApp,
} from '../engine/credentials/oauth/oauth-apps.ts';
import { listRoute } from './http/list-route.ts';
import { pageOf } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { NAME_FILTER, object, ref, TEXT, TEXTS, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

export const oauthAppSchemas: JsonObject = {
  OAuthApp: object(
    {
      id: TEXT,
      name: TEXT,
      template: TEXT,
      host: TEXT,
      client_id: TEXT,
      confidential: { type: 'boolean', description: 'Whether the app has a client secret. The secret is never shown.' },
      scopes: { ...TEXTS, description: 'All scopes that a login requests.' },
      mandatory_scopes: TEXTS,
      selectable_scopes: TEXTS,
      return_urls: TEXTS,
      redirect_url: { ...TEXT, description: 'Register this URL at the service.' },
      created_at: TIME,
      updated_at: TIME,
      created_by: TEXT,
    },
    {
      account_id: TEXT,
      fields: { type: 'object', description: 'The other fields of its login.' },
      registration_command: { ...TEXT, description: 'Command that registers the app at the service.' },
    },
  ),
  OAuthAppTemplate: object(
    {
      id: TEXT,
      title: TEXT,
      mandatory_scopes: { ...TEXTS, description: 'Requested by every login. They cannot be omitted.' },
      selectable_scopes: { ...TEXTS, description: 'Known scopes. Other scopes are accepted, too.' },
      default_scopes: { ...TEXTS, description: 'Used when no scopes are given.' },
      redirect_url: { ...TEXT, description: 'Register this URL at the service.' },
    },
    { account_host: TEXT },
  ),
};

const APP = { 200: { description: 'The OAuth app.', schema: ref('OAuthApp') } };

/** `/v1/oauth_apps`: applications that an administrator registered at the service. `{id}` takes an id or a name. */
export function oauthAppRoutes({ ctx }: Serving): Route[] {
  const tag = 'OAuth apps';
  return [
    listRoute({
      path: '/v1/oauth_app_templates',
      operation: 'list_oauth_app_templates',
      tag,
      summary: 'List the templates for OAuth apps, by id, with the values that you register at the service first.',
      item: 'OAuthAppTemplate',
      page: 'A page of templates.',
      read: (_, page) => pageOf(listOAuthAppTemplates(ctx), page, ({ id }) => id),
    }),
    listRoute<{ name?: string }>({
      path: '/v1/oauth_apps',
      operation: 'list_oauth_apps',
      tag,
      summary: 'List OAuth apps, newest first.',
      filter: NAME_FILTER,
      item: 'OAuthApp',
      page: 'A page of OAuth apps.',
      read: ({ caller, query }, page) => listOAuthApps(ctx, caller.tenant, { ...page, name: query.name }),
    }),
    route({
      method: 'POST',
      path: '/v1/oauth_apps',
      operation: 'create_oauth_app',
      tag,
      summary: 'Create an OAuth app through which people sign in.',
      body: oauthAppSchema(loginConnectors(ctx.manifests.connectors.values())),
      bodyCheck: 'engine',
      answers: {
        201: {
          description: 'The OAuth app.',
          schema: ref('OAuthApp'),
          headers: { Location: 'Path of the OAuth app.' },
        },
      },
      async handle({ caller, body }) {
        const app = await createOAuthApp(ctx, caller, body ?? {});
        return { status: 201, headers: { location: `/v1/oauth_apps/${app.id}` }, body: app };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/oauth_apps/{id}',
      operation: 'get_oauth_app',
      tag,
      summary: 'Get an OAuth app.',
      answers: APP,
      handle: async ({ caller, params }) => ({ status: 200, body: await getOAuthApp(ctx, caller.tenant, params.id!) }),
    }),
    route({
      method: 'PATCH',
      path: '/v1/oauth_apps/{id}',
      operation: 'update_oauth_app',
      tag,
      summary: 'Update the name, the secret, the scopes or the return URLs.',
      body: OAUTH_APP_CHANGE_SCHEMA,
      bodyCheck: 'engine',
      answers: APP,
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: await updateOAuthApp(ctx, caller, params.id!, body ?? {}),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/oauth_apps/{id}',
      operation: 'delete_oauth_app',
      tag,
      summary: 'Delete an OAuth app that no authentication uses.',
      answers: { 204: { description: 'Deleted.' } },
      async handle({ caller, params }) {
        await deleteOAuthApp(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
  ];
}
