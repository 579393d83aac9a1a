import { ConnectorError } from '../../../connector/errors.ts';
import {
  type AccountWorkspace,
  findWorkspace,
  LIST_WORKSPACES,
  notOfAnAccount,
  toWorkspaces,
} from '../../../services/databricks/actions/account-workspaces.ts';
import type { Actor } from '../../access/actor.ts';
import { type AuthenticationView, addAuthentication, findAuthentication } from '../authentications/authentications.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { callWith } from '../tokens/probe.ts';
import { refreshAuthentication, resolveAuthentication } from '../tokens/tokens.ts';
import { principalBody } from './principal.ts';

/** A workspace of an account. */
export interface Workspace {
  workspace_id: string;
  name: string;
  /** `https://name`, where its REST API is; missing where the service does not say its name. */
  host?: string;
  status?: string;
}

/**
 * The workspaces of the account that an account-level authentication belongs to.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a workspace-level authentication, and as `resolveAuthentication` and `readOutcome`
 */
export async function listWorkspaces(
  ctx: Context,
  tenant: string,
  of: { account: string; id: string },
): Promise<Workspace[]> {
  const found = await readWorkspaces(ctx, tenant, of);
  return found.map(({ workspace_id, workspace_name: name, host, workspace_status: status }) => ({
    workspace_id,
    name,
    ...(host === undefined ? {} : { host }),
    ...(status === undefined ? {} : { status }),
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
  const principal = principalBody(ctx, record);
  const { host, workspace_name } = findWorkspace(await readWorkspaces(ctx, caller.tenant, wish), wish.workspace_id);
  return addAuthentication(ctx, caller, {
    account: wish.account,
    body: {
      ...principal,
      name: wish.name ?? workspace_name,
      host,
      ...(wish.test === undefined ? {} : { test: wish.test }),
    },
  });
}

async function readWorkspaces(
  ctx: Context,
  tenant: string,
  of: { account: string; id: string },
): Promise<AccountWorkspace[]> {
  const { account, record } = await findAuthentication(ctx, { tenant, ...of });
  const { account_id: accountId, host, name } = record.value;
  if (accountId === undefined) throw notOfAnAccount(name);
  const credential = { connector: connectorOf(ctx, record.value.connector), origin: host, accountId };
  const resolved = await resolveAuthentication(ctx, tenant, account.value.id, of.id);
  const answer = await callWith(ctx, { ...credential, headers: resolved.headers }, LIST_WORKSPACES).catch(
    async (error: unknown) => {
      if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
      const { headers } = await refreshAuthentication(ctx, resolved);
      return callWith(ctx, { ...credential, headers }, LIST_WORKSPACES);
    },
  );
  return toWorkspaces(answer.body, host);
}
