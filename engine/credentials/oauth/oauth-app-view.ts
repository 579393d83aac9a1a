import type { JsonObject } from '../../../connector/manifest.ts';
import { toTimestamp } from '../../store/timestamps.ts';
import type { Context } from '../context.ts';
import { type OAuthAppRecord, redirectUrl } from './oauth-app-record.ts';
import { loginConnectors } from './oauth-app-schema.ts';
import { connectorOf, loginModeOf } from './oauth-client.ts';

/** An OAuth app as it is shown, never with its secret. Times in RFC 3339. */
export interface OAuthAppView {
  id: string;
  name: string;
  template: string;
  host: string;
  account_id?: string;
  /** The other fields of its login. */
  fields?: JsonObject;
  client_id: string;
  confidential: boolean;
  /** Everything a login asks for. */
  scopes: string[];
  mandatory_scopes: readonly string[];
  selectable_scopes: readonly string[];
  return_urls: string[];
  /** To be registered at the service. */
  redirect_url: string;
  /** Where the service has one. */
  registration_command?: string;
  created_at: string;
  updated_at: string;
  created_by: string;
}

/** A template as it is shown, with what has to be known before the service gives out a client id. */
export interface OAuthAppTemplateView {
  id: string;
  title: string;
  /** Where people of a whole account sign in, of a service that has accounts above its workspaces. */
  account_host?: string;
  mandatory_scopes: readonly string[];
  selectable_scopes: readonly string[];
  default_scopes: readonly string[];
  redirect_url: string;
}

/** Every template of OAuth apps. */
export function listOAuthAppTemplates(ctx: Pick<Context, 'config' | 'manifests'>): OAuthAppTemplateView[] {
  return loginConnectors(ctx.manifests.connectors.values()).map(({ connector, mode }) => {
    const { mandatory = [], selectable = [], default: usual = [] } = mode.manifest.scopes ?? {};
    const host = connector.service.workspaces?.host;
    return {
      id: connector.id,
      title: connector.manifest.title,
      ...(host === undefined ? {} : { account_host: host }),
      mandatory_scopes: mandatory,
      selectable_scopes: selectable,
      default_scopes: usual,
      redirect_url: redirectUrl(ctx),
    };
  });
}

/** An app with what an administrator needs to register it at the service. */
export function toOAuthAppView(ctx: Context, app: OAuthAppRecord): OAuthAppView {
  const connector = connectorOf(ctx, app.connector);
  const { mandatory = [], selectable = [] } = loginModeOf(connector).manifest.scopes ?? {};
  const command = connector.service.registrationCommand?.({ ...app, redirectUrls: [redirectUrl(ctx)] });
  return {
    id: app.id,
    name: app.name,
    template: app.template,
    host: app.host,
    ...(app.account_id === undefined ? {} : { account_id: app.account_id }),
    ...(app.fields === undefined ? {} : { fields: app.fields }),
    client_id: app.client_id,
    confidential: app.confidential,
    scopes: app.scopes,
    mandatory_scopes: mandatory,
    selectable_scopes: selectable,
    return_urls: app.return_urls ?? [],
    redirect_url: redirectUrl(ctx),
    ...(command === undefined ? {} : { registration_command: command }),
    created_at: toTimestamp(app.created_at),
    updated_at: toTimestamp(app.updated_at),
    created_by: app.created_by,
  };
}
