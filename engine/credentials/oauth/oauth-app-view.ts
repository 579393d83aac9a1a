import { toTimestamp } from '../../store/timestamps.ts';
import type { Context } from '../context.ts';
import { APP_TEMPLATES, type AppTemplate, type OAuthAppRecord, redirectUrl } from './oauth-app-record.ts';
import { registrationCommand } from './oauth-app-registration.ts';

/** An OAuth app as it is shown, never with its secret. Times in RFC 3339. */
export interface OAuthAppView {
  id: string;
  name: string;
  template: string;
  host: string;
  account_id?: string;
  client_id: string;
  confidential: boolean;
  /** Everything a login asks for. */
  scopes: string[];
  mandatory_scopes: readonly string[];
  selectable_scopes: readonly string[];
  return_urls: string[];
  /** To be registered at the service. */
  redirect_url: string;
  registration_command: string;
  created_at: string;
  updated_at: string;
  created_by: string;
}

/** A template as it is shown, with what has to be known before the service gives out a client id. */
export interface OAuthAppTemplateView {
  id: AppTemplate;
  title: string;
  account_host: string;
  mandatory_scopes: readonly string[];
  selectable_scopes: readonly string[];
  default_scopes: readonly string[];
  redirect_url: string;
}

/** Every template of OAuth apps. */
export function listOAuthAppTemplates(ctx: Pick<Context, 'config'>): OAuthAppTemplateView[] {
  return (Object.keys(APP_TEMPLATES) as AppTemplate[]).map((id) => {
    const { title, accountHost, mandatoryScopes, selectableScopes, defaultScopes } = APP_TEMPLATES[id];
    return {
      id,
      title,
      account_host: accountHost,
      mandatory_scopes: mandatoryScopes,
      selectable_scopes: selectableScopes,
      default_scopes: defaultScopes,
      redirect_url: redirectUrl(ctx),
    };
  });
}

/** An app with what an administrator needs to register it at the service. */
export function toOAuthAppView(ctx: Context, app: OAuthAppRecord): OAuthAppView {
  const template = APP_TEMPLATES[app.template as AppTemplate];
  return {
    id: app.id,
    name: app.name,
    template: app.template,
    host: app.host,
    ...(app.account_id === undefined ? {} : { account_id: app.account_id }),
    client_id: app.client_id,
    confidential: app.confidential,
    scopes: app.scopes,
    mandatory_scopes: template.mandatoryScopes,
    selectable_scopes: template.selectableScopes,
    return_urls: app.return_urls ?? [],
    redirect_url: redirectUrl(ctx),
    registration_command: registrationCommand({ ...app, redirectUrls: [redirectUrl(ctx)] }),
    created_at: toTimestamp(app.created_at),
    updated_at: toTimestamp(app.updated_at),
    created_by: app.created_by,
  };
}
