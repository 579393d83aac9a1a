import { type Position, pageRequest } from '../../../actions/pages.ts';
import { fillText } from '../../../connector/auth-text.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Action, JsonObject, PagesManifest, RequestTemplate } from '../../../connector/manifest.ts';
import { type Outcome, readOutcome } from '../../../connector/outcome.ts';
import { buildRequest } from '../../../connector/request.ts';
import type { Service } from '../../../connector/service.ts';
import { readPath, type Scopes } from '../../../connector/template.ts';
import { scrubError } from '../../secrets/scrub.ts';
import type { Context } from '../context.ts';
import type { Credential } from '../records/token-cache.ts';
import { accessOf } from './access.ts';
import { signed, urlOf } from './credential.ts';

/** Who the service says a credential is. */
export interface Identity {
  user_name?: string;
  workspace_id?: string;
}

const PROBE_TIMEOUT_MS = 20_000;
const PROBE_MAX_BYTES = 4 * 1024 * 1024;
/**
 * Asks the service who this is, with the first of the connector's `test` requests that has all its values.
 * A credential that is accepted but may not ask this (a narrow scope) is accepted with no name.
 * @throws ConnectorError ERR_AUTH_FAILED, ERR_UPSTREAM, ERR_NOT_SENT, ERR_NO_ANSWER, ERR_TIMEOUT, ERR_RESPONSE_INVALID
 */
export async function probe(
  ctx: Pick<Context, 'http' | 'clock' | 'isListed' | 'connections'>,
  credential: Credential,
): Promise<Identity> {
  const { manifest, service } = credential.connector;
  if (service.identify !== undefined) return identifyWith(ctx, credential, service.identify);
  const { test = [] } = manifest;
  const wanted = test.find(
    ({ request }) => fillText(request.path.replaceAll('{+', '{'), { account: credential.account }) !== undefined,
  );
  if (wanted === undefined) return {};
  try {
    const { body, headers } = await callWith(ctx, credential, wanted.request);
    const name = wanted.user_name?.map((path) => readPath(body, path)).find((each) => each !== undefined);
    const workspace = service.workspaceOf?.(headers, credential.account);
    return {
      ...(typeof name === 'string' ? { user_name: name } : {}),
      ...(workspace === undefined ? {} : { workspace_id: workspace }),
    };
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_UPSTREAM' && error.kind === 'permission') return {};
    throw error;
  }
}

/** Asks a service that does not speak HTTP. */
async function identifyWith(
  ctx: Pick<Context, 'http' | 'isListed' | 'connections'>,
  credential: Credential,
  identify: NonNullable<Service['identify']>,
): Promise<Identity> {
  try {
    return await identify(accessOf(ctx, credential), AbortSignal.timeout(PROBE_TIMEOUT_MS));
  } catch (error) {
    throw error instanceof ConnectorError ? scrubError(error, [...credential.secrets]) : error;
  }
}

/**
 * One request with a credential; `call` says which action it belongs to, what its template refers to beside the input, and which page of a
 * list it asks for. @throws ConnectorError as `readOutcome`, `requestUrl` and `Http`
 */
export async function callWith(
  ctx: Pick<Context, 'http' | 'clock'>,
  credential: Credential,
  template: RequestTemplate,
  call: {
    action?: Action;
    input?: JsonObject;
    scopes?: Scopes;
    page?: { pages: PagesManifest; position: Position } | undefined;
  } = {},
): Promise<Outcome> {
  const { action, input = {}, page } = call;
  const scopes = { input, ...call.scopes, account: credential.account };
  const request =
    page === undefined
      ? buildRequest(template, scopes)
      : pageRequest({ manifest: { request: template, pages: page.pages } }, scopes, page.position);
  try {
    const { method, body } = request;
    const unsigned = {
      method,
      url: urlOf(credential, request),
      headers: { ...request.headers, ...credential.headers },
      ...(body === undefined ? {} : { body }),
      timeoutMs: PROBE_TIMEOUT_MS,
      maxBytes: PROBE_MAX_BYTES,
      explainRedirect: credential.connector.service.explainRedirect,
    };
    const asked = await signed(credential, unsigned, body);
    const response = await ctx.http.send(asked);
    return readOutcome(response, {
      connector: credential.connector,
      ...(action === undefined ? {} : { action }),
      method: request.method,
      path: request.path,
      now: ctx.clock.now(),
    });
  } catch (error) {
    throw error instanceof ConnectorError ? scrubError(error, [...credential.secrets]) : error;
  }
}
