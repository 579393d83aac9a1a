import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Action, RequestTemplate } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';
import type { AccountWorkspace } from '../../account-service.ts';

/** Account API 2.0; one answer holds all of an account's workspaces. */
export const LIST_WORKSPACES: RequestTemplate = {
  method: 'GET',
  path: '/api/2.0/accounts/{account.account_id}/workspaces',
};

/** `accounts.cloud.databricks.com`, `accounts.azuredatabricks.net`, `accounts-dod.cloud.databricks.us` … */
const ACCOUNT_HOST = /^accounts(-dod)?(\..+)$/;
/** Ids in an error; an account may have hundreds. */
const MAX_ALLOWED = 50;

/** The workspaces of the account. @throws ConnectorError ERR_CONFLICT for an authentication of one workspace */
export async function advanceListWorkspaces(
  _action: Action,
  call: ActionCall,
  _state: ActionState,
  io: Io,
): Promise<Step> {
  const { search = '' } = call.input as { search?: string };
  const wanted = search.toLowerCase();
  const all = await readWorkspaces(call, io);
  const workspaces = all.filter(({ workspace_name: name }) => name.toLowerCase().includes(wanted));
  return { kind: 'done', output: { workspaces } };
}

/**
 * Stores an authentication for one workspace of the account with the same service principal, or brings the one that is
 * there up to date.
 * @throws ConnectorError ERR_CONFLICT for an authentication of one workspace or of a person, ERR_NOT_FOUND for a
 * workspace that the account does not have, and what testing it at the workspace throws
 */
export async function advanceConnectWorkspace(
  _action: Action,
  call: ActionCall,
  _state: ActionState,
  io: Io,
): Promise<Step> {
  const {
    workspace_id: id,
    name,
    test = true,
  } = call.input as { workspace_id: unknown; name?: string; test?: boolean };
  const workspace = findWorkspace(await readWorkspaces(call, io), String(id));
  const stored = await io.builtin.connectWorkspace({
    host: workspace.host,
    name: name ?? workspace.workspace_name,
    test,
  });
  return { kind: 'done', output: { ...stored, workspace_id: workspace.workspace_id, host: workspace.host } };
}

/** The one of this id. @throws ConnectorError ERR_NOT_FOUND when there is none, ERR_CONFLICT when its address is not known */
export function findWorkspace(
  workspaces: readonly AccountWorkspace[],
  id: string,
): AccountWorkspace & { host: string } {
  const found = workspaces.find((each) => each.workspace_id === id);
  if (found === undefined) {
    const allowed = workspaces.slice(0, MAX_ALLOWED).map((each) => each.workspace_id);
    throw new ConnectorError('ERR_NOT_FOUND', `the account has no workspace "${id}"`, {
      errors: [{ pointer: '/workspace_id', message: 'is not a workspace of the account', allowed }],
      sent: 'no',
    });
  }
  const { host } = found;
  if (host !== undefined) return { ...found, host };
  throw new ConnectorError('ERR_CONFLICT', `the account does not report the URL of workspace "${id}"`, {
    hint: 'Store an authentication with its URL as host instead.',
    sent: 'no',
  });
}

/** What the account API answered, with ids exact and each workspace's address. @throws ConnectorError ERR_RESPONSE_INVALID */
export function toWorkspaces(body: unknown, accountOrigin: string): AccountWorkspace[] {
  if (!Array.isArray(body))
    throw new ConnectorError('ERR_RESPONSE_INVALID', 'the account did not return a list of workspaces', {
      sent: 'answered',
    });
  return (body as Record<string, unknown>[]).map((item) => {
    const host = hostOf(accountOrigin, item.deployment_name);
    return {
      ...item,
      workspace_id: String(item.workspace_id),
      workspace_name: String(item.workspace_name ?? item.deployment_name ?? item.workspace_id),
      ...(host === undefined ? {} : { host }),
    };
  });
}

/** The error of an authentication that is not an account's. */
export function notOfAnAccount(name?: string): ConnectorError {
  const which = name === undefined ? 'the authentication' : `"${name}"`;
  return new ConnectorError('ERR_CONFLICT', `${which} belongs to a workspace, not to an account`, {
    hint: 'Store one with "account_id" and the account host, such as https://accounts.cloud.databricks.com, and name it as the authentication.',
    sent: 'no',
  });
}

async function readWorkspaces(call: ActionCall, io: Io): Promise<AccountWorkspace[]> {
  const account = call.account as { account_id?: string; origin?: string };
  if (account.account_id === undefined) throw notOfAnAccount();
  const { body } = await io.send(buildRequest(LIST_WORKSPACES, { account }), 'page');
  return toWorkspaces(body, account.origin ?? '');
}

/** The account host names the cloud; a host that is not one serves account and workspace alike. */
function hostOf(accountOrigin: string, deployment: unknown): string | undefined {
  const zone = ACCOUNT_HOST.exec(new URL(accountOrigin).host)?.[2];
  if (zone === undefined) return accountOrigin;
  return typeof deployment === 'string' && deployment !== '' ? `https://${deployment}${zone}` : undefined;
}
