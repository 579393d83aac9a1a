import { ConnectorError } from '../../../connector/errors.ts';
import type { Action, Connector, JsonObject, RequestTemplate } from '../../../connector/manifest.ts';
import { type Outcome, readOutcome } from '../../../connector/outcome.ts';
import { buildRequest } from '../../../connector/request.ts';
import { scrubError } from '../../secrets/scrub.ts';
import type { Context } from '../context.ts';
import type { CredentialHeaders } from '../records/authentication-record.ts';

/** Who the service says a credential is. */
export interface Identity {
  user_name?: string;
  workspace_id?: string;
}

/** A usable credential: where it may go and what it is sent with. */
export interface Credential {
  connector: Connector;
  origin: string;
  accountId?: string | undefined;
  headers: CredentialHeaders;
}

const PROBE_TIMEOUT_MS = 20_000;
const PROBE_MAX_BYTES = 4 * 1024 * 1024;
/** An account host has no "who am I"; every account administrator may list its workspaces (Account API 2.0). */
const ACCOUNT_PROBE: RequestTemplate = { method: 'GET', path: '/api/2.0/accounts/{account.account_id}/workspaces' };

/**
 * Asks the service who this is, with the connector's `test` request; an account-level credential lists its workspaces.
 * A credential that is accepted but may not ask this (a narrow scope) is accepted with no name.
 * @throws ConnectorError ERR_AUTH_FAILED, ERR_UPSTREAM, ERR_NOT_SENT, ERR_NO_ANSWER, ERR_TIMEOUT, ERR_RESPONSE_INVALID
 */
export async function probe(ctx: Pick<Context, 'http' | 'clock'>, credential: Credential): Promise<Identity> {
  const template = credential.accountId === undefined ? credential.connector.manifest.test : ACCOUNT_PROBE;
  if (template === undefined) return {};
  try {
    const { body, headers } = await callWith(ctx, credential, template);
    if (credential.accountId !== undefined) return {};
    const fields = (body ?? {}) as { userName?: unknown; displayName?: unknown };
    const name = fields.userName ?? fields.displayName;
    const workspace = headers['x-databricks-org-id'] ?? headers['x-databricks-workspace-id'];
    return {
      ...(typeof name === 'string' ? { user_name: name } : {}),
      ...(typeof workspace === 'string' ? { workspace_id: workspace } : {}),
    };
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_UPSTREAM' && error.kind === 'permission') return {};
    throw error;
  }
}

/** One read-only request with a credential; `call` says which action it belongs to. @throws ConnectorError as `readOutcome` and `Http` */
export async function callWith(
  ctx: Pick<Context, 'http' | 'clock'>,
  credential: Credential,
  template: RequestTemplate,
  call: { action?: Action; input?: JsonObject } = {},
): Promise<Outcome> {
  const account: JsonObject = {
    host: new URL(credential.origin).host,
    ...(credential.accountId === undefined ? {} : { account_id: credential.accountId }),
  };
  const request = buildRequest(template, { account, input: call.input ?? {} });
  const response = await ctx.http.send({
    method: request.method,
    url: `${credential.origin}${request.path}`,
    headers: { ...request.headers, ...credential.headers },
    timeoutMs: PROBE_TIMEOUT_MS,
    maxBytes: PROBE_MAX_BYTES,
    explainRedirect: credential.connector.service.explainRedirect,
  });
  try {
    return readOutcome(response, {
      connector: credential.connector,
      ...(call.action === undefined ? {} : { action: call.action }),
      method: request.method,
      path: request.path,
      now: ctx.clock.now(),
    });
  } catch (error) {
    throw error instanceof ConnectorError ? scrubError(error, [bearerOf(credential.headers)]) : error;
  }
}

/** The token of an `Authorization: Bearer` header. */
export function bearerOf(headers: { authorization: string }): string {
  return headers.authorization.slice('Bearer '.length);
}
