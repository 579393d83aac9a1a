import { ConnectorError } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import { readRecord, type Store, type Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';

/** An OAuth application that an administrator registered at the service. Times in epoch ms. */
export interface OAuthAppRecord {
  id: string;
  tenant: string;
  name: string;
  /** Id of the connector whose login it is for, and of the mode where it is not its first login. */
  template: string;
  connector: string;
  mode?: string;
  host: string;
  account_id?: string;
  /** The other fields of its mode. */
  fields?: JsonObject;
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
