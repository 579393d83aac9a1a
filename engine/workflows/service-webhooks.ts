import { isDeepStrictEqual } from 'node:util';
import { ConnectorError } from '../../connector/errors.ts';
import type { RegistrationManifest, RequestTemplate, Trigger } from '../../connector/manifest.ts';
import type { Outcome } from '../../connector/outcome.ts';
import { buildRequest } from '../../connector/request.ts';
import type { Scopes } from '../../connector/template.ts';
import { idAt, isRegistered } from '../../connector/webhook-registration.ts';
import type { Resolved } from '../credentials/records/token-cache.ts';
import { callWith } from '../credentials/tokens/probe.ts';
import { refreshAuthentication, resolveAuthentication } from '../credentials/tokens/tokens.ts';
import type { Context } from '../runs/context.ts';
import { scrubError } from '../secrets/scrub.ts';
import { type Lock, tryLock } from '../store/locks.ts';
import { idsWithUrl, unreadable, type WebhookPage } from './listed-webhooks.ts';
import { generatedWebhookSecret, incomingWebhookUrl } from './webhook-url.ts';
import { changeWorkflow, type ServiceWebhook, type Workflow } from './workflow-record.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** Prolonged while it is held; a process that dies in between is followed this soon. */
const LOCK_LIFE_MS = 10_000;

/** A trigger as a workflow uses it. */
type Use = WorkflowDefinition['trigger'];

/** How a change of a workflow keeps its webhook at the service as the change wants it. */
export interface WebhookChange {
  /**
   * The workflow as it will be written, with the webhook that its trigger wants, which is there when this returns: found by its URL and
   * updated, or created. Webhooks that it had and no longer wants are marked, and removed once the change is written.
   * `trigger` has its secrets; where it is that of the version `published`, the service is not asked again.
   * @throws ConnectorError when it cannot be registered; it says what to do
   */
  follow(after: Workflow, trigger: Use, published?: Use): Promise<Workflow>;
}

/** Whether a workflow with this trigger registers a webhook when it is enabled. */
export function registersWebhook(ctx: Context, { id, input }: Use): boolean {
  return isRegistered(registrationOf(ctx, id), input);
}

/** The webhook that the workflow has at its service. */
export function currentWebhook({ service_webhooks = [] }: Workflow): ServiceWebhook | undefined {
  return service_webhooks.find(({ stale }) => stale !== true);
}

/**
 * Makes a change of a workflow, one at a time where webhooks of services are concerned. What was registered for a change that is then
 * refused is removed again. A change that is written stays, also when a webhook that is no longer wanted cannot be removed: that is
 * thrown, and tried again by the next change.
 */
export async function changeWithWebhooks(
  ctx: Context,
  { tenant, id }: { tenant: string; id: string },
  change: (webhooks: WebhookChange) => Promise<Workflow>,
): Promise<Workflow> {
  const held: { lock?: Lock } = {};
  const created: ServiceWebhook[] = [];
  const follow: WebhookChange['follow'] = async (after, trigger, published) => {
    const before = after.service_webhooks ?? [];
    const registration = registrationOf(ctx, trigger.id);
    const isWanted = after.enabled && after.version > 0 && isRegistered(registration, trigger.input);
    if (!isWanted && before.length === 0) return after;
    if (isWanted && currentWebhook(after) !== undefined && isDeepStrictEqual(trigger, published)) return after;
    held.lock ??= await lockOf(ctx, id);
    const wanted = isWanted ? await register(ctx, { workflow: after, trigger, registration, created }) : undefined;
    const others = before.filter((each) => wanted === undefined || !isSame(each, wanted));
    const marked = others.map((each): ServiceWebhook => ({ ...each, stale: true }));
    return { ...after, service_webhooks: wanted === undefined ? marked : [wanted, ...marked] };
  };
  try {
    const workflow = await change({ follow }).catch(async (error: unknown) => {
      await removeQuietly(ctx, { id, tenant }, created);
      throw error;
    });
    return await removeStale(ctx, workflow);
  } finally {
    await held.lock?.release();
  }
}

/** Removes the webhooks of a workflow that is about to be deleted; one that cannot be removed is logged, and sends to a URL that is gone. */
export async function removeWebhooks(ctx: Context, workflow: Workflow): Promise<void> {
  await removeQuietly(ctx, workflow, workflow.service_webhooks ?? []);
}

function registrationOf(ctx: Context, trigger: string): RegistrationManifest | undefined {
  return ctx.manifests.triggers.get(trigger)?.manifest.webhook?.registration;
}

async function lockOf(ctx: Context, id: string): Promise<Lock> {
  const lock = await tryLock(ctx, `service-webhook:${id}`, LOCK_LIFE_MS);
  if (lock !== undefined) return lock;
  throw new ConnectorError('ERR_CONFLICT', `the webhook of the workflow "${id}" is being changed by another request`, {
    hint: 'Repeat the request in a few seconds.',
  });
}

async function register(
  ctx: Context,
  of: {
    workflow: Workflow;
    trigger: Use;
    registration: RegistrationManifest;
    created: ServiceWebhook[];
  },
): Promise<ServiceWebhook> {
  const { workflow, trigger: use, registration } = of;
  const trigger = ctx.manifests.triggers.get(use.id)!;
  if (!ctx.config.isPublicUrlSet) throw noPublicUrl(trigger, registration);
  const own = { tenant: workflow.tenant, linked_account: use.linked_account!, authentication: use.authentication };
  const url = await incomingWebhookUrl(ctx, workflow);
  const given = use.input[trigger.manifest.webhook!.signature.secret] as string | undefined;
  const secret = given ?? (await generatedWebhookSecret(ctx, workflow));
  const ask = (template: RequestTemplate, { id, page }: { id?: string; page?: WebhookPage } = {}) =>
    askService(ctx, own, template, {
      scopes: { input: use.input, webhook: { url, secret, ...(id === undefined ? {} : { id }) } },
      page,
    });
  try {
    const [known, ...twins] = await idsWithUrl(registration, url, (page) => ask(registration.list.request, { page }));
    const id = known ?? idAt((await ask(registration.create.request)).body, registration.create.id);
    if (id === undefined) throw unreadable('has no ID of the webhook');
    const scopes = { input: use.input, webhook: { url, secret, id } };
    const { method, path } = buildRequest(registration.remove.request, scopes);
    const { base } = registration.remove.request;
    const remove = { method, path, ...(base === undefined ? {} : { base }) } as RequestTemplate;
    const { tenant: _tenant, ...account } = own;
    const made = { id, ...withoutMissing(account), remove, registered_at: ctx.clock.now() };
    if (known === undefined) of.created.push(made);
    else await ask(registration.update.request, { id: known });
    for (const twin of twins) await ignoringGone(ask(registration.remove.request, { id: twin }));
    return made;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw notRegistered(scrubError(error, [secret]), trigger, registration);
  }
}

/** Removes what is marked, and notes what is gone. @throws ConnectorError for what could not be removed */
async function removeStale(ctx: Context, workflow: Workflow): Promise<Workflow> {
  const stale = (workflow.service_webhooks ?? []).filter((each) => each.stale === true);
  if (stale.length === 0) return workflow;
  const failures: [ServiceWebhook, ConnectorError][] = [];
  for (const each of stale) {
    const failure = await remove(ctx, workflow.tenant, each);
    if (failure !== undefined) failures.push([each, failure]);
  }
  // Without its connector, one can never be removed: it is said once.
  const kept = failures.filter(([, failure]) => !isWithoutConnector(failure)).map(([failed]) => failed);
  const gone = stale.filter((each) => !kept.includes(each));
  const after = await changeWorkflow(ctx, workflow, async (before) => {
    const left = (before.service_webhooks ?? []).filter((each) => !gone.some((other) => isSame(each, other)));
    const { service_webhooks: _before, ...rest } = before;
    return { after: { ...rest, ...(left.length === 0 ? {} : { service_webhooks: left }) } };
  });
  const [failed] = failures;
  if (failed !== undefined) throw notRemoved(after, ...failed);
  return after;
}

/** One that is gone, or whose account is, needs no removal. */
async function remove(ctx: Context, tenant: string, webhook: ServiceWebhook): Promise<ConnectorError | undefined> {
  try {
    await ignoringGone(askService(ctx, { tenant, ...webhook }, webhook.remove, { scopes: {} }));
    return undefined;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return error.code === 'ERR_NOT_FOUND' && !isWithoutConnector(error) ? undefined : error;
  }
}

async function removeQuietly(
  ctx: Context,
  { id, tenant }: { id: string; tenant: string },
  webhooks: readonly ServiceWebhook[],
): Promise<void> {
  for (const each of webhooks) {
    const failure = await remove(ctx, tenant, each);
    if (failure === undefined) continue;
    ctx.log.warn({ workflow: id, account: each.linked_account, code: failure.code }, 'a webhook was not removed');
  }
}

async function ignoringGone(asking: Promise<Outcome>): Promise<void> {
  await asking.catch((error: unknown) => {
    if (!(error instanceof ConnectorError && error.code === 'ERR_UPSTREAM' && error.kind === 'not_found')) throw error;
  });
}

/** One request with the account of a trigger; a token that is refused is renewed once. */
async function askService(
  ctx: Context,
  of: { tenant: string; linked_account: string; authentication?: string | undefined },
  template: RequestTemplate,
  call: { scopes: Pick<Scopes, 'webhook'> & { input?: unknown }; page?: WebhookPage | undefined },
): Promise<Outcome> {
  const resolved = await resolveAuthentication(ctx, of.tenant, of.linked_account, of.authentication);
  const send = (credential: Resolved) => callWith(ctx, credential, template, call);
  try {
    return await send(resolved);
  } catch (error) {
    if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
    return send(await refreshAuthentication(ctx, resolved));
  }
}

/** As `connectorOf` says it. */
function isWithoutConnector({ code, errors = [] }: ConnectorError): boolean {
  return code === 'ERR_NOT_FOUND' && errors.some(({ pointer }) => pointer === '/connector');
}

function isSame(a: ServiceWebhook, b: ServiceWebhook): boolean {
  return a.linked_account === b.linked_account && a.remove.path === b.remove.path;
}

function withoutMissing<T extends { linked_account: string; authentication: string | undefined }>(given: T) {
  const { authentication, ...rest } = given;
  return authentication === undefined ? rest : { ...rest, authentication };
}

function noPublicUrl(trigger: Trigger, registration: RegistrationManifest): ConnectorError {
  const { title } = trigger.connector.manifest;
  return new ConnectorError(
    'ERR_CONFLICT',
    `the webhook cannot be registered: no public URL is set to give to ${title}`,
    {
      hint: `Set PENSTOCK_PUBLIC_URL of the server to the address at which ${title} reaches it and start it again, or ${manually(registration)}`,
    },
  );
}

function notRegistered(failure: ConnectorError, trigger: Trigger, registration: RegistrationManifest): ConnectorError {
  const { scopes = [], grants = [] } = trigger.manifest.requires ?? {};
  const needed = [...grants, ...scopes.map((scope) => `the scope ${scope}`)].join(', or ');
  const needs = needed === '' ? [] : [`The authentication needs ${needed}.`];
  const hint = [failure.hint, ...needs, `Then enable the workflow again, or ${manually(registration)}`];
  const { kind, upstream, retryAfterMs, errors } = failure;
  const text = `the webhook could not be registered at ${trigger.connector.manifest.title}: ${failure.message}`;
  return new ConnectorError(failure.code, text, {
    kind,
    upstream,
    retryAfterMs,
    errors,
    cause: failure,
    hint: hint.filter((each) => each !== undefined).join(' '),
  });
}

function manually({ inputs }: RegistrationManifest): string {
  return `leave out ${inputs.join(' and ')} and add the webhook at the service yourself, with the URL of the workflow and a secret.`;
}

function notRemoved({ name }: Workflow, webhook: ServiceWebhook, failure: ConnectorError): ConnectorError {
  const text = `the workflow "${name}" is changed, but its old webhook ${webhook.id} could not be removed: ${failure.message}`;
  if (isWithoutConnector(failure))
    return new ConnectorError('ERR_CONFLICT', text, { cause: failure, hint: 'Remove the webhook at the service.' });
  const { kind, upstream, retryAfterMs } = failure;
  return new ConnectorError(failure.code, text, {
    kind,
    upstream,
    retryAfterMs,
    cause: failure,
    hint: `${failure.hint ?? ''} Repeat the request, or remove the webhook at the service.`.trim(),
  });
}
