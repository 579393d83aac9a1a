import { ConnectorError } from '../../connector/errors.ts';
import type { Json, Trigger } from '../../connector/manifest.ts';
import { challengeOf, checkDelivery, identityOf, isWanted } from '../../connector/signed-delivery.ts';
import { limitRate } from '../access/rates.ts';
import { assertActive } from '../access/tenant-cache.ts';
import { loadValue } from '../artifacts/values.ts';
import { scopeOf } from '../connectors/scope.ts';
import type { Context } from '../runs/context.ts';
import { readRun } from '../runs/runs.ts';
import { deferReceived } from '../secrets/received-links.ts';
import { hideSecrets } from '../secrets/secrets.ts';
import { newId } from '../store/ids.ts';
import { readDraft, shownDefinition } from '../workflows/drafts.ts';
import { RECEIVED, readReceived, saveSample } from '../workflows/samples.ts';
import { newestRuns } from '../workflows/usage.ts';
import { generatedWebhookSecret } from '../workflows/webhook-url.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import { type IncomingWebhookRequest, MAX_ID_LENGTH, workflowAt } from './incoming-webhooks.ts';
import { checkSignature, eventOf, one, readBody } from './webhook-event.ts';

/** What was received last: by the URL for tests, or by a run of the workflow. */
export interface ReceivedEvent {
  source: 'test' | 'run';
  /** Epoch ms. */
  received_at: number;
  /** As expressions read it as `trigger`, with its secrets hidden. */
  event: Json;
  /** Why the published workflow would not start with it, such as a missing signature. */
  problem?: string;
  run?: string;
}

/** Each is written; a person tries, and a service that was given the URL by mistake is told to wait. */
const TEST_RATE = { most: 120, windowMs: 60_000 };
/** Of the newest runs, so many are looked through for one that a webhook started. */
const MAX_RUNS = 20;

/** Lets a test in by its URL, before its body is read. @throws as `guardIncomingWebhook`, for more than 120 a minute */
export async function guardTestEvent(
  ctx: Context,
  request: Pick<IncomingWebhookRequest, 'token' | 'from'>,
): Promise<void> {
  const { id, tenant } = await workflowAt(ctx, request, 'test');
  await assertActive(ctx, tenant);
  await limitRate(ctx, { subject: 'test-event', id, ...TEST_RATE, what: 'test events for this URL' });
}

/**
 * Records what was sent to the URL for tests of a workflow, also of one that has only a draft, in place of what was recorded before.
 * Nothing is started. It is what the trigger of the draft would make of it, else that of the published version; values of headers and
 * parameters that a run seals are not kept. Of two at once, the last stays.
 * @returns the text with which a service checks the URL, where this is such a request, and it is signed
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a trigger that receives nothing, ERR_BODY_NOT_JSON, ERR_INPUT_INVALID,
 * ERR_QUOTA_EXCEEDED
 */
export async function receiveTestEvent(
  given: Context,
  request: IncomingWebhookRequest,
): Promise<{ challenge?: string; problem?: string }> {
  const workflow = await workflowAt(given, request, 'test');
  const ctx = await scopeOf(given, workflow.tenant);
  const { trigger, input } = await webhookTriggerOf(ctx, workflow);
  const { webhook } = trigger.manifest;
  const now = ctx.clock.now();
  const body = readBody(request, webhook?.json_field);
  const problem = await problemOf(ctx, workflow, { trigger, input, request });
  const challenge = webhook === undefined || problem !== undefined ? undefined : challengeOf(webhook, body);
  if (challenge !== undefined) return { challenge };
  const named = webhook === undefined ? one(request.headers['webhook-id']) : identityOf(webhook, request, body).id;
  const id = named?.slice(0, MAX_ID_LENGTH) ?? newId('run', now);
  const { event, places } = eventOf(trigger, request, { id, now, body: body as Json });
  const owner = `${workflow.tenant}/${workflow.id}/${RECEIVED}`;
  const { shown } = hideSecrets(event, places, { keyring: ctx.dataKeyring, owner });
  const value = {
    event: await deferReceived(ctx, workflow.tenant, shown),
    ...(problem === undefined ? {} : { problem }),
  };
  await saveSample(ctx, workflow, { step: RECEIVED, value: value as Json });
  return problem === undefined ? {} : { problem };
}

/** What a workflow received last, for a test or by a run; `undefined` where there is nothing, or retention took it. */
export async function lastReceived(ctx: Context, workflow: Workflow): Promise<ReceivedEvent | undefined> {
  const [test, runs] = await Promise.all([readReceived(ctx, workflow), newestRuns(ctx, workflow.id, MAX_RUNS)]);
  const head = runs.find(({ purpose, trigger }) => purpose === 'workflow' && trigger === 'webhook');
  const isNewer = head !== undefined && (test === undefined || head.created_at > test.updated_at);
  const run = isNewer ? await readRun(ctx, head.id) : undefined;
  if (run !== undefined) {
    const { input_artifact: artifact, input } = run;
    const event = await loadValue(ctx, artifact === undefined ? { value: input } : { artifact });
    return { source: 'run', received_at: run.created_at, event: event as Json, run: run.id };
  }
  if (test === undefined) return undefined;
  return { source: 'test', received_at: test.updated_at, ...(test.value as { event: Json; problem?: string }) };
}

/** Whether the draft, or the published version, is started by a webhook. */
export async function receivesWebhooks(ctx: Context, workflow: Workflow): Promise<boolean> {
  return (await findWebhookTrigger(ctx, workflow)) !== undefined;
}

async function webhookTriggerOf(ctx: Context, workflow: Workflow) {
  const found = await findWebhookTrigger(ctx, workflow);
  if (found !== undefined) return found;
  throw new ConnectorError('ERR_CONFLICT', `the trigger of the workflow "${workflow.name}" receives no webhooks`, {
    hint: 'Choose a webhook trigger, such as core.incoming_webhook, and save the draft.',
  });
}

/** Of the draft, else of the published version, with the secrets of its input. */
async function findWebhookTrigger(ctx: Context, workflow: Workflow) {
  const draft = await readDraft(ctx, workflow);
  const definition = draft?.definition ?? (await shownDefinition(ctx, workflow));
  const use = definition.trigger as { id?: string; input?: Record<string, unknown> } | undefined;
  const trigger = ctx.manifests.triggers.get(String(use?.id));
  return trigger?.kind === 'webhook' ? { trigger, input: use?.input ?? {} } : undefined;
}

/** What the published workflow would say in place of starting a run; `undefined` where it would start one. */
async function problemOf(
  ctx: Context,
  workflow: Workflow,
  of: { trigger: Trigger; input: Record<string, unknown>; request: IncomingWebhookRequest },
): Promise<string | undefined> {
  const { trigger, input, request } = of;
  const { webhook } = trigger.manifest;
  const now = ctx.clock.now();
  try {
    if (webhook !== undefined) {
      const secret = input[webhook.signature.secret] ?? (await generatedWebhookSecret(ctx, workflow));
      checkDelivery(webhook, request, { secret: String(secret), now });
      if (!isWanted(webhook, request, input)) return 'the trigger does not want this event';
    } else if (typeof input.secret === 'string') checkSignature(request, { secret: input.secret, now });
    return undefined;
  } catch (error) {
    if (error instanceof ConnectorError) return error.message;
    throw error;
  }
}
