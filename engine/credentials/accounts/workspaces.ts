import { ConnectorError } from '../../../connector/errors.ts';
import type { AccountWorkspace, AccountWorkspaces } from '../../../services/account-service.ts';
import type { Actor } from '../../access/actor.ts';
import { type AuthenticationView, addAuthentication, findAuthentication } from '../authentications/authentications.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { fieldsOf } from '../records/auth-account.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
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
  const listing = listingOf(ctx, record.value);
  const { host, workspace_name } = listing.find(await readWorkspaces(ctx, caller.tenant, wish), wish.workspace_id);
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
  const listing = listingOf(ctx, record.value);
  const resolved = await resolveAuthentication(ctx, tenant, account.value.id, of.id);
  const answer = await callWith(ctx, resolved, listing.request).catch(async (error: unknown) => {
    if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
    return callWith(ctx, await refreshAuthentication(ctx, resolved), listing.request);
  });
  return listing.read(answer.body, record.value.host);
}

/** How the service lists workspaces. @throws ConnectorError ERR_CONFLICT where it does not, or for an authentication of one workspace */
function listingOf(ctx: Context, record: AuthenticationRecord): AccountWorkspaces {
  const { workspaces } = connectorOf(ctx, record.connector).service;
  if (workspaces === undefined)
    throw new ConnectorError('ERR_CONFLICT', `"${record.name}" does not belong to an account with workspaces`, {
      sent: 'no',
    });
  const refused = workspaces.refuse(fieldsOf(record), record.name);
  if (refused !== undefined) throw refused;
  return workspaces;
}
