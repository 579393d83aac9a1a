import { ConnectorError } from '../../connector/errors.ts';
import type { RequestTemplate } from '../../connector/manifest.ts';
import type { Actor } from '../access/audit.ts';
import { openSecret } from '../authentications/authentication-secret.ts';
import { type AuthenticationView, addAuthentication, findAuthentication } from '../authentications/authentications.ts';
import { callWith } from '../authentications/probe.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { refreshAuthentication, resolveAuthentication } from '../tokens/tokens.ts';

/** A workspace of an account. */
export interface Workspace {
  workspace_id: string;
  name: string;
  /** `https://name`, where its REST API is. */
  host: string;
  status?: string;
}

/** Account API 2.0; one answer holds all of an account's workspaces. */
const LIST: RequestTemplate = { method: 'GET', path: '/api/2.0/accounts/{account.account_id}/workspaces' };
/** `accounts.cloud.databricks.com`, `accounts.azuredatabricks.net`, `accounts-dod.cloud.databricks.us` … */
const ACCOUNT_HOST = /^accounts(-dod)?(\..+)$/;

/**
 * The workspaces of the account that an account-level authentication belongs to.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a workspace-level authentication, and as `resolveAuthentication` and `readOutcome`
 */
export async function listWorkspaces(
  ctx: Context,
  tenant: string,
  of: { account: string; id: string },
): Promise<Workspace[]> {
  const { account, record } = await findAuthentication(ctx, { tenant, ...of });
  const { account_id: accountId, host, name } = record.value;
  if (accountId === undefined) {
    throw new ConnectorError('ERR_CONFLICT', `"${name}" is an authentication of one workspace, not of an account`, {
      hint: 'Store one with "account_id" and the account host, such as https://accounts.cloud.databricks.com.',
    });
  }
  const credential = { connector: connectorOf(ctx, record.value.connector), origin: host, accountId };
  const resolved = await resolveAuthentication(ctx, tenant, account.value.id, of.id);
  const answer = await callWith(ctx, { ...credential, headers: resolved.headers }, LIST).catch(
    async (error: unknown) => {
      if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
      const { headers } = await refreshAuthentication(ctx, resolved);
      return callWith(ctx, { ...credential, headers }, LIST);
    },
  );
  const items = Array.isArray(answer.body) ? (answer.body as Record<string, unknown>[]) : [];
  return items.map((item) => ({
    workspace_id: String(item.workspace_id),
    name: String(item.workspace_name ?? item.deployment_name),
    host: hostOf(host, String(item.deployment_name ?? '')),
    ...(typeof item.workspace_status === 'string' ? { status: item.workspace_status } : {}),
  }));
}

/**
 * Stores an authentication for one workspace with the service principal of an account-level one, in the same linked account;
 * tested, since the principal must be assigned to that workspace.
 * @throws ConnectorError ERR_NOT_FOUND also for an unknown workspace, ERR_CONFLICT for a login (its refresh token serves one
 * authentication only), and as `listWorkspaces` and `createAuthentication`
 */
export async function connectWorkspace(
  ctx: Context,
  caller: Actor,
  wish: { account: string; id: string; workspace_id: string; name?: string | undefined; test?: boolean | undefined },
): Promise<AuthenticationView> {
  const { record } = await findAuthentication(ctx, { tenant: caller.tenant, account: wish.account, id: wish.id });
  if (record.value.kind !== 'oauth_m2m') {
    throw new ConnectorError(
      'ERR_CONFLICT',
      `"${record.value.name}" is not a service principal, so it cannot be used for a second host`,
      {
        hint: 'Sign in to the workspace through an OAuth app of its own host.',
      },
    );
  }
  const workspaces = await listWorkspaces(ctx, caller.tenant, wish);
  const workspace = workspaces.find((each) => each.workspace_id === wish.workspace_id);
  if (workspace === undefined) {
    throw new ConnectorError('ERR_NOT_FOUND', `the account has no workspace "${wish.workspace_id}"`, {
      errors: [
        {
          pointer: '/workspace_id',
          message: 'is not a workspace of the account',
          allowed: workspaces.map((each) => each.workspace_id),
        },
      ],
    });
  }
  const { scopes } = record.value;
  return addAuthentication(ctx, caller, {
    account: wish.account,
    body: {
      kind: 'oauth_m2m',
      name: wish.name ?? workspace.name,
      host: workspace.host,
      client_id: record.value.client_id,
      client_secret: openSecret(ctx, record).client_secret,
      ...(scopes === undefined ? {} : { scopes }),
      ...(wish.test === undefined ? {} : { test: wish.test }),
    },
  });
}

/** The account host names the cloud; a host that is not one serves account and workspace alike. */
function hostOf(accountOrigin: string, deployment: string): string {
  const zone = ACCOUNT_HOST.exec(new URL(accountOrigin).host)?.[2];
  return zone === undefined || deployment === '' ? accountOrigin : `https://${deployment}${zone}`;
}
