import { hash } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Json, JsonObject, Trigger, WebhookManifest } from '../../connector/manifest.ts';
import { challengeOf, checkDelivery, identityOf, isWanted } from '../../connector/signed-delivery.ts';
import { limitRate } from '../access/rates.ts';
import { assertActive } from '../access/tenant-cache.ts';
import { scopeOf } from '../connectors/scope.ts';
import type { Context } from '../runs/context.ts';
import { idOfLink, isOurLink } from '../secrets/signed-links.ts';
import { derivedId, newId } from '../store/ids.ts';
import { runAccountOf } from '../workflows/account-of-run.ts';
import { loadDefinition, openTriggerInput } from '../workflows/definitions.ts';
import { submitWorkflow } from '../workflows/submit-workflow.ts';
import { generatedWebhookSecret } from '../workflows/webhook-url.ts';
import { readWorkflow, type Workflow } from '../workflows/workflow-record.ts';
import { decideByWebhook } from './webhook-decisions.ts';
import { checkSignature, eventOf, one, readBody, type WebhookRequest } from './webhook-event.ts';

/** A request to a workflow's own URL. */
export interface IncomingWebhookRequest extends WebhookRequest {
  token: string;
  /** Network address. */
  from: string;
}

/** What came of a request: a run, an answer to a challenge, nothing for an event that the workflow does not want, or what the service shows. */
export type Received = { run: string } | { challenge: string } | { ignored: true } | { answer: JsonObject | undefined };

/** Of an id that a sender gives. */
export const MAX_ID_LENGTH = 256;
/** Each is a run; a sender that has more is told to wait, and sends it again. */
const REQUEST_RATE = { most: 1200, windowMs: 60_000 };
/** Of one signed body under ids that are not signed: a replay starts no more, and twins that are meant are that few. */
const REPLAY_RATE = { most: 120, windowMs: 3_600_000 };
/** Of URLs that are none, by address. */
const GUESS_RATE = { most: 60, windowMs: 60_000 };

/**
 * Lets a request in by its URL, before its body is read; `receiveIncomingWebhook` comes after it.
 * @throws ConnectorError ERR_NOT_FOUND for a URL that is none of ours; ERR_RATE_LIMITED for more than 1200 requests a
 * minute to one URL, or 60 from one address to URLs that are none;
 * ERR_TENANT_SUSPENDED
 */
export async function guardIncomingWebhook(
  ctx: Context,
  request: Pick<IncomingWebhookRequest, 'token' | 'from'>,
): Promise<void> {
  const { id, tenant } = await workflowAt(ctx, request);
  await assertActive(ctx, tenant);
  await limitRate(ctx, { subject: 'incoming-webhook', id, ...REQUEST_RATE, what: 'requests to this URL' });
}

/**
 * Starts a run of the workflow that a URL belongs to, in a turn of its tenant. A second request with the same `webhook-id` starts nothing.
 * @throws ConnectorError ERR_NOT_FOUND for a URL that is none of ours, or of a workflow that is gone or takes no webhooks;
 * ERR_CONFLICT while it is disabled; ERR_RATE_LIMITED for more than 120 deliveries an hour with the same body, where the service does not
 * sign their ids; ERR_UNAUTHORIZED for a signature that is missing, wrong or too old; ERR_BODY_NOT_JSON,
 * ERR_INPUT_INVALID for JSON beyond the bounds of `checkJson`
 */
export async function receiveIncomingWebhook(ctx: Context, request: IncomingWebhookRequest): Promise<Received> {
  const workflow = await workflowAt(ctx, request);
  return ctx.turns.take('request', workflow.tenant, () => start(ctx, workflow, request));
}

async function start(given: Context, workflow: Workflow, request: IncomingWebhookRequest): Promise<Received> {
  const ctx = await scopeOf(given, workflow.tenant);
  const definition = await loadDefinition(ctx, workflow.id, workflow.version);
  const trigger = ctx.manifests.triggers.get(definition.trigger.id);
  if (trigger?.kind !== 'webhook') throw unknown();
  const { webhook } = trigger.manifest;
  const input = openTriggerInput(ctx, workflow, definition) as Record<string, unknown>;
  const started = { workflow, trigger, account: runAccountOf(definition) };
  return webhook === undefined
    ? startStandard(ctx, started, request, input.secret as string | undefined)
    : startOfService(ctx, started, request, { webhook, input });
}

/** What a delivery starts. */
interface Started {
  workflow: Workflow;
  trigger: Trigger;
  /** Id of the account that steps of the run may use. */
  account: string | undefined;
}

/** A delivery of a service, signed in its own way. */
async function startOfService(
  ctx: Context,
  started: Started,
  request: IncomingWebhookRequest,
  { webhook, input }: { webhook: WebhookManifest; input: Record<string, unknown> },
): Promise<Received> {
  const { workflow, trigger } = started;
  const secret = input[webhook.signature.secret] ?? (await generatedWebhookSecret(ctx, workflow));
  checkDelivery(webhook, request, { secret: String(secret), now: ctx.clock.now() });
  const body = readBody(request, webhook.json_field);
  // The URL is registered before the workflow is enabled, too.
  const challenge = challengeOf(webhook, body);
  if (challenge !== undefined) return { challenge };
  refuseDisabled(workflow);
  if (!isWanted(webhook, request, input)) return { ignored: true };
  const { service } = trigger.connector;
  const answer = service.answerDelivery?.(trigger.id, input);
  const decision = service.readDecision?.(body, input);
  if (decision !== undefined) {
    await decideByWebhook(ctx, workflow, trigger.connector, decision);
    return { answer: answer?.body };
  }
  const { id, key, replayable } = identityOf(webhook, request, body);
  if (replayable !== undefined) {
    await limitRate(ctx, {
      subject: 'incoming-webhook-replay',
      id: hash('sha256', `${workflow.id} ${replayable}`),
      ...REPLAY_RATE,
      what: 'deliveries with the same body',
    });
  }
  const submitted = await submit(ctx, started, request, { id: id?.slice(0, MAX_ID_LENGTH), key, body });
  return answer === undefined ? submitted : { answer: answer.body };
}

async function startStandard(
  ctx: Context,
  started: Started,
  request: IncomingWebhookRequest,
  secret: string | undefined,
): Promise<Received> {
  refuseDisabled(started.workflow);
  if (secret !== undefined) checkSignature(request, { secret, now: ctx.clock.now() });
  const given = one(request.headers['webhook-id'])?.slice(0, MAX_ID_LENGTH);
  return submit(ctx, started, request, { id: given, key: given, body: readBody(request) });
}

async function submit(
  ctx: Context,
  { workflow, trigger, account }: Started,
  request: IncomingWebhookRequest,
  delivery: { id: string | undefined; key: string | undefined; body: unknown },
): Promise<{ run: string }> {
  const now = ctx.clock.now();
  const { id: given, key } = delivery;
  // A sender's id makes the run's: its repeat is the same run, wherever it arrives.
  const id = key === undefined ? newId('run', now) : derivedId('run', 0, ['hook', workflow.id, key]);
  const { event, places } = eventOf(trigger, request, { id: given ?? id, now, body: delivery.body as Json });
  await submitWorkflow(ctx, workflow.tenant, {
    id,
    started_by: 'webhook',
    workflow: workflow.id,
    version: workflow.version,
    linked_account: account,
    trigger: event,
    secret_places: places,
  });
  return { run: id };
}

function refuseDisabled({ enabled, name }: Workflow): void {
  if (!enabled) throw new ConnectorError('ERR_CONFLICT', `the workflow "${name}" is disabled`);
}

/** The published workflow of a URL; for tests, also one that has only a draft. @throws ConnectorError ERR_NOT_FOUND, ERR_RATE_LIMITED */
export async function workflowAt(
  ctx: Context,
  { token, from }: Pick<IncomingWebhookRequest, 'token' | 'from'>,
  use: 'run' | 'test' = 'run',
): Promise<Workflow> {
  const id = idOfLink(token);
  const workflow = id === undefined ? undefined : await readWorkflow(ctx, id);
  // A workflow that is not there takes as long as a wrong signature.
  const isOurs = await isOurLink(ctx, 'incoming_webhook', token, workflow?.url_generation);
  if (isOurs && workflow !== undefined && (use === 'test' || workflow.version > 0)) return workflow;
  await limitRate(ctx, {
    subject: 'incoming-webhook-guess',
    id: from,
    ...GUESS_RATE,
    what: 'requests to unknown URLs',
  });
  throw unknown();
}

function unknown(): ConnectorError {
  return new ConnectorError('ERR_NOT_FOUND', 'no workflow receives webhooks at this URL', {
    hint: 'Copy the current URL from the workflow. Rotating it invalidates the old URL.',
  });
}
