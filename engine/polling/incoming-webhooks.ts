import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { checkJson } from '../../connector/json-limits.ts';
import type { Json, JsonObject, Trigger, WebhookManifest } from '../../connector/manifest.ts';
import { challengeOf, checkDelivery, identityOf, isWanted } from '../../connector/signed-delivery.ts';
import { signWebhook } from '../../connector/webhook-signature.ts';
import { limitRate } from '../access/rates.ts';
import { assertActive } from '../access/tenant-cache.ts';
import type { Context } from '../runs/context.ts';
import { headerPlaces, queryPlaces, secretPlaces } from '../secrets/secret-places.ts';
import { idOfLink, isOurLink } from '../secrets/signed-links.ts';
import { derivedId, newId } from '../store/ids.ts';
import { runAccountOf } from '../workflows/account-of-run.ts';
import { loadDefinition, openTriggerInput } from '../workflows/definitions.ts';
import { submitWorkflow } from '../workflows/submit-workflow.ts';
import { generatedWebhookSecret } from '../workflows/webhook-url.ts';
import { readWorkflow, type Workflow } from '../workflows/workflow-record.ts';
import { decideByWebhook } from './webhook-decisions.ts';

/** A request to a workflow's own URL. */
export interface IncomingWebhookRequest {
  token: string;
  headers: IncomingHttpHeaders;
  query: Record<string, unknown>;
  /** As it was sent: the signature is of the text. */
  body: string;
  /** Network address. */
  from: string;
}

/** What came of a request: a run, an answer to a challenge, nothing for an event that the workflow does not want, or what the service shows. */
export type Received = { run: string } | { challenge: string } | { ignored: true } | { answer: JsonObject | undefined };

/** Of Standard Webhooks: an older or newer request is a replay, or of a clock that is wrong. */
const TOLERANCE_S = 300;
/** Carry credentials, or mean nothing beyond this request. */
const LEFT_OUT = /^(authorization|cookie|proxy-.*|x-api-key|webhook-signature|connection|host|content-length)$/;
/** A body has 1 MiB at most. */
const BODY_LIMITS = { maxDepth: 200, maxValues: 65_536 };
const MAX_ID_LENGTH = 256;
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
  const { id, tenant } = await workflowOf(ctx, request);
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
  const workflow = await workflowOf(ctx, request);
  return ctx.turns.take('request', workflow.tenant, () => start(ctx, workflow, request));
}

async function start(ctx: Context, workflow: Workflow, request: IncomingWebhookRequest): Promise<Received> {
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

/** Headers that the output of the trigger names: they are shown, as those are whose names are plain everywhere. */
function namedHeaders({ manifest }: Trigger): ReadonlySet<string> {
  const { headers } = (manifest.output.properties ?? {}) as { headers?: JsonObject };
  return new Set(Object.keys((headers?.properties ?? {}) as JsonObject));
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
  const { [webhook.signature.header]: _signature, ...headers } = request.headers;
  const own = { ...request, headers };
  const submitted = await submit(ctx, started, own, { id: id?.slice(0, MAX_ID_LENGTH), key, body });
  return answer === undefined ? submitted : { answer: answer.body };
}

async function startStandard(
  ctx: Context,
  started: Started,
  request: IncomingWebhookRequest,
  secret: string | undefined,
): Promise<Received> {
  refuseDisabled(started.workflow);
  if (secret !== undefined) checkSignature(ctx, request, secret);
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
  const headers = shownHeaders(request.headers);
  const event = {
    id: given ?? id,
    received_at: new Date(now).toISOString(),
    headers,
    query: request.query,
    body: delivery.body as Json,
  };
  await submitWorkflow(ctx, workflow.tenant, {
    id,
    started_by: 'webhook',
    workflow: workflow.id,
    version: workflow.version,
    linked_account: account,
    trigger: event,
    // A sender's own credentials are for expressions to compare with, and for nobody to read.
    secret_places: new Map([
      ...headerPlaces(headers, ['headers'], namedHeaders(trigger)),
      ...queryPlaces(request.query, ['query']),
      ...secretPlaces(trigger.manifest.output, event, []),
    ]),
  });
  return { run: id };
}

function refuseDisabled({ enabled, name }: Workflow): void {
  if (!enabled) throw new ConnectorError('ERR_CONFLICT', `the workflow "${name}" is disabled`);
}

async function workflowOf(
  ctx: Context,
  { token, from }: Pick<IncomingWebhookRequest, 'token' | 'from'>,
): Promise<Workflow> {
  const id = idOfLink(token);
  const workflow = id === undefined ? undefined : await readWorkflow(ctx, id);
  // A workflow that is not there takes as long as a wrong signature.
  const isOurs = await isOurLink(ctx, 'incoming_webhook', token, workflow?.url_generation);
  if (isOurs && workflow !== undefined && workflow.version > 0) return workflow;
  await limitRate(ctx, {
    subject: 'incoming-webhook-guess',
    id: from,
    ...GUESS_RATE,
    what: 'requests to unknown URLs',
  });
  throw unknown();
}

function checkSignature(ctx: Context, { headers, body }: IncomingWebhookRequest, secret: string): void {
  const id = one(headers['webhook-id']);
  const timestamp = Number(one(headers['webhook-timestamp']));
  const given = one(headers['webhook-signature']);
  if (id === undefined || given === undefined || !Number.isInteger(timestamp)) {
    throw refused(
      'is not signed',
      'Send webhook-id, webhook-timestamp and webhook-signature according to Standard Webhooks.',
    );
  }
  if (Math.abs(ctx.clock.now() / 1000 - timestamp) > TOLERANCE_S) {
    throw refused(
      'is too old or in the future',
      'Sign each request when you send it, and check the clock of the sender.',
    );
  }
  const expected = Buffer.from(signWebhook(secret, { id, timestamp, body }));
  const isRight = given
    .split(' ')
    .map((text) => Buffer.from(text))
    .some((candidate) => candidate.length === expected.length && timingSafeEqual(candidate, expected));
  if (!isRight)
    throw refused('has an invalid signature', 'Sign the exact body that you send with the secret of the trigger.');
}

function shownHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!LEFT_OUT.test(name) && value !== undefined) shown[name] = [value].flat().join(', ');
  }
  return shown;
}

function readBody({ headers, body }: IncomingWebhookRequest, jsonField?: string): unknown {
  const type = headers['content-type'] ?? '';
  if (body === '') return null;
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const form = new URLSearchParams(body);
    const json = jsonField === undefined ? null : form.get(jsonField);
    return json === null ? Object.fromEntries(form) : readJson(json);
  }
  return /json/i.test(type) ? readJson(body) : body;
}

function readJson(text: string): unknown {
  checkJson(text, BODY_LIMITS);
  try {
    return parseJson(text);
  } catch {
    throw new ConnectorError('ERR_BODY_NOT_JSON', 'the body is not valid JSON, although its content type says so');
  }
}

function one(value: string | string[] | undefined): string | undefined {
  return [value].flat()[0];
}

function unknown(): ConnectorError {
  return new ConnectorError('ERR_NOT_FOUND', 'no workflow receives webhooks at this URL', {
    hint: 'Copy the current URL from the workflow. Rotating it invalidates the old URL.',
  });
}

function refused(why: string, hint: string): ConnectorError {
  return new ConnectorError('ERR_UNAUTHORIZED', `the request ${why}`, { hint });
}
