import { ConnectorError } from '../../connector/errors.ts';
import type { Actor } from '../access/actor.ts';
import { audit } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { loadShownOwnInput } from '../runs/inputs.ts';
import { isEnded, type OpenRun, type Run } from '../runs/run.ts';
import { viewMany } from '../runs/run-list.ts';
import { getRun } from '../runs/runs.ts';
import { submitAction } from '../runs/submit.ts';
import { newId } from '../store/ids.ts';
import { type ListPage, type PageRequest, pageOfIndex } from '../store/list-pages.ts';
import type { Stored } from '../store/records.ts';
import { toTimestamp } from '../store/timestamps.ts';
import { deliveriesKey, findEndpoint, secretsOf, type WebhookEndpoint } from './webhook-endpoints.ts';

/** One delivery of an event to an endpoint: a run of core.webhook. */
export interface DeliveryView {
  run: string;
  event: { id?: string; type?: string };
  status: Run['status'];
  attempts: number;
  error?: { code: string; message: string };
  redelivery_of?: string;
  created_at: string;
  finished_at?: string;
}

/** An event as it is delivered. */
interface DeliveredEvent {
  id: string;
  type: string;
  timestamp: string;
  data: unknown;
}

/** What an endpoint is tested with; no stream holds it. */
const TEST_EVENT = 'webhook_endpoint.test';
/** Deliveries that are kept in the list of an endpoint; their runs stay as long as runs do. */
const MAX_LISTED = 1000;
/** After the last of them. */
const KEPT_MS = 30 * 86_400_000;

/** Submits the run that delivers an event; with the same id a second time there is no second run. */
export async function submitDelivery(
  ctx: Context,
  { value, sealed }: Stored<WebhookEndpoint>,
  of: { event: unknown; id: string; redeliveryOf?: string; trigger?: 'event' },
): Promise<OpenRun> {
  const { event, id, redeliveryOf, trigger } = of;
  const run = await submitAction(ctx, value.tenant, {
    request: {
      action: 'core.webhook',
      input: { url: value.url, secret: secretsOf(ctx, { value, sealed }), body: event },
    },
    origin: { id, ...(trigger && { trigger }), ...(redeliveryOf === undefined ? {} : { replay_of: redeliveryOf }) },
  });
  const key = deliveriesKey(ctx, value.id);
  await ctx.redis
    .multi()
    .zadd(key, run.created_at, run.id)
    .zremrangebyrank(key, 0, -MAX_LISTED - 1)
    // Also what is written while the endpoint is deleted lapses.
    .pexpire(key, KEPT_MS)
    .exec();
  return run;
}

/** The last 1,000 deliveries to an endpoint, newest first; those whose runs are no longer kept are left out. @throws ConnectorError ERR_NOT_FOUND */
export async function listDeliveries(
  ctx: Context,
  tenant: string,
  { id, ...page }: PageRequest & { id: string },
): Promise<ListPage<DeliveryView>> {
  await findEndpoint(ctx, tenant, id);
  const { ids, next } = await pageOfIndex(ctx, deliveriesKey(ctx, id), page);
  const { items, ...found } = await viewMany(ctx, ids, (run) => (run.tenant === tenant ? run : undefined));
  return { items: await Promise.all(items.map((run) => view(ctx, run))), ...found, next };
}

/** Sends an event that says that it is a test, and nothing else. A paused endpoint gets it, too. @throws ConnectorError ERR_NOT_FOUND */
export async function testEndpoint(ctx: Context, caller: Actor, of: { id: string; runId: string }): Promise<OpenRun> {
  const endpoint = await findEndpoint(ctx, caller.tenant, of.id);
  const now = ctx.clock.now();
  const event: DeliveredEvent = {
    id: newId('evt', now),
    type: TEST_EVENT,
    timestamp: toTimestamp(now),
    data: { webhook_endpoint: of.id },
  };
  const run = await submitDelivery(ctx, endpoint, { event, id: of.runId });
  await note(ctx, caller, { verb: 'test', id: of.id, run: run.id });
  return run;
}

/**
 * Sends the event of a delivery again, to the present URL and with the present secret.
 * @throws ConnectorError ERR_NOT_FOUND for a run that is no delivery to this endpoint; ERR_CONFLICT while it has not ended
 */
export async function redeliver(
  ctx: Context,
  caller: Actor,
  of: { id: string; run: string; runId: string },
): Promise<OpenRun> {
  const endpoint = await findEndpoint(ctx, caller.tenant, of.id);
  if ((await ctx.redis.zscore(deliveriesKey(ctx, of.id), of.run)) === null) {
    throw new ConnectorError('ERR_NOT_FOUND', `run "${of.run}" is no delivery to the webhook endpoint "${of.id}"`, {
      hint: 'List the deliveries of the endpoint. The last 1,000 are kept.',
    });
  }
  const before = await getRun(ctx, caller.tenant, of.run);
  if (!isEnded(before.status)) {
    throw new ConnectorError('ERR_CONFLICT', `the delivery "${of.run}" is ${before.status}`, {
      hint: 'Wait until it ends, or cancel the run first.',
    });
  }
  const { body: event } = (await loadShownOwnInput(ctx, before)) as { body: unknown };
  const run = await submitDelivery(ctx, endpoint, { event, id: of.runId, redeliveryOf: before.id });
  await note(ctx, caller, { verb: 'redeliver', id: of.id, run: run.id });
  return run;
}

function note(ctx: Context, caller: Actor, { verb, id, run }: { verb: string; id: string; run: string }) {
  const target = { kind: 'webhook_endpoint', id };
  return audit(ctx, caller, { action: `webhook_endpoint.${verb}`, target, details: { run } });
}

async function view(ctx: Context, run: Run): Promise<DeliveryView> {
  const input = (await loadShownOwnInput(ctx, run).catch(() => undefined)) as { body?: DeliveredEvent } | undefined;
  const { id, type } = input?.body ?? {};
  const { error } = run;
  return {
    run: run.id,
    event: { ...(id === undefined ? {} : { id }), ...(type === undefined ? {} : { type }) },
    status: run.status,
    attempts: run.attempts,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(run.replay_of === undefined ? {} : { redelivery_of: run.replay_of }),
    created_at: toTimestamp(run.created_at),
    ...(run.finished_at === undefined ? {} : { finished_at: toTimestamp(run.finished_at) }),
  };
}
