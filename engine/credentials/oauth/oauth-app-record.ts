import { ConnectorError } from '../../../connector/errors.ts';
import { readRecord, type Store, type Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';

/** An OAuth application that an administrator registered at the service. Times in epoch ms. */
export interface OAuthAppRecord {
  id: string;
  tenant: string;
  name: string;
  template: string;
  connector: string;
  host: string;
  account_id?: string;
  client_id: string;
  /** Whether a client secret is sealed beside it. */
  confidential: boolean;
  scopes: string[];
  /** Origins that a finished login may send the browser back to. */
  return_urls?: string[];
  created_at: number;
  updated_at: number;
  created_by: string;
}

/** What the template `databricks` asks for. Scopes by databricks.com "Enable or disable partner OAuth applications". */
export const APP_TEMPLATES = Object.freeze({
  databricks: Object.freeze({
    connector: 'databricks',
    title: 'Databricks',
    accountHost: 'https://accounts.cloud.databricks.com',
    /** Always asked for: without it the service gives no refresh token, and a login would end within the hour. */
    mandatoryScopes: Object.freeze(['offline_access']),
    selectableScopes: Object.freeze(['all-apis', 'sql', 'openid', 'profile', 'email']),
    defaultScopes: Object.freeze(['all-apis']),
  }),
});

export type AppTemplate = keyof typeof APP_TEMPLATES;

/** An app by id or name. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function findOAuthApp(store: Store, tenant: string, idOrName: string): Promise<Stored<OAuthAppRecord>> {
  const byId = idOrName.startsWith('app_') ? await readRecord<OAuthAppRecord>(store, 'oauth_app', idOrName) : undefined;
  if (byId !== undefined && byId.value.tenant === tenant) return byId;
  const id = await store.redis.hget(store.keys.uniques('oauth_app', tenant), `name:${idOrName}`);
  const byName = id === null ? undefined : await readRecord<OAuthAppRecord>(store, 'oauth_app', id);
  if (byName !== undefined) return byName;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no OAuth app "${idOrName}"`, {
    hint: 'An administrator can create one with "penstock oauth-apps create".',
  });
}

/** Its client secret, undefined for a public app. @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export function openAppSecret(ctx: Pick<Context, 'keyring'>, app: Stored<OAuthAppRecord>): string | undefined {
  return app.sealed === undefined ? undefined : ctx.keyring.open(app.sealed, `${app.value.tenant}/${app.value.id}`);
}

/** Where the service sends the browser back; to be registered there letter by letter (RFC 9700 section 2.1). */
export function redirectUrl(ctx: Pick<Context, 'config'>): string {
  return `${ctx.config.publicUrl}/oauth/callback`;
}
