/*
 * The webhook endpoints floor: who gets a tenant's events, and their delivery. Each delivery is a run of core.webhook;
 * this floor follows the stream of engine/events/ and submits them.
 */

import { randomBytes } from 'node:crypto';
import { isPrivateAddress } from '../../connector/addresses.ts';
import { ConnectorError } from '../../connector/errors.ts';
import { isLoopbackHttp } from '../../connector/hosts.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import type { Actor } from '../access/actor.ts';
import { auditWrite } from '../access/audit.ts';
import { AUTH_EVENT_TYPES, type AuthEventType, lastEventPosition } from '../events/event-stream.ts';
import { LIFE_EVENT_TYPES, type LifeEventType } from '../events/life-events.ts';
import type { Context } from '../runs/context.ts';
import { hideInUrl } from '../secrets/plain-names.ts';
import { newId } from '../store/ids.ts';
import type { ListPage, PageRequest } from '../store/list-pages.ts';
import { quotaCheck } from '../store/quotas.ts';
import { insertWrites, listRecords, readRecord, removeWrites, type Stored, transact } from '../store/records.ts';
import { toTimestamp } from '../store/timestamps.ts';

export type EventType = AuthEventType | LifeEventType;

/** A webhook endpoint of a tenant. Times in epoch ms. */
export interface WebhookEndpoint {
  id: string;
  tenant: string;
  url: string;
  /** Omitted: every type. */
  types?: EventType[];
  /** Nothing is delivered until it is resumed; events wait in the stream. */
  is_paused?: boolean;
  /** Until when deliveries are also signed with the secret before. */
  old_secret_until?: number;
  created_at: number;
  created_by: string;
}

/** A webhook endpoint as the API shows it, without its secret. */
export interface WebhookEndpointView {
  id: string;
  url: string;
  types?: EventType[];
  paused: boolean;
  /** Deliveries are also signed with the previous secret until then. */
  old_secret_until?: string;
  created_at: string;
  created_by: string;
}

/** Owner of the list of all endpoints, which the delivery reads. */
export const ALL_TENANTS = 'all';
export const WEBHOOK_ENDPOINT = 'webhook_endpoint';

/** Body of `POST /v1/webhook_endpoints`. */
export const WEBHOOK_ENDPOINT_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: { title: 'URL', type: 'string', format: 'uri', maxLength: 2048, examples: ['https://example.com/hooks/auth'] },
    types: {
      title: 'Types',
      description: 'Event types to deliver. Default: all',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: [...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES] },
    },
  },
});

const body = compileSchema(WEBHOOK_ENDPOINT_SCHEMA);
/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/**
 * Creates a webhook endpoint that receives events from now on. The secret that signs the deliveries is returned only
 * once. @throws ConnectorError ERR_INPUT_INVALID, ERR_HOST_NOT_ALLOWED, ERR_CONFLICT for more than 20
 */
export async function createWebhookEndpoint(
  ctx: Context,
  caller: Actor,
  given: unknown,
): Promise<WebhookEndpointView & { secret: string }> {
  const wish = body.check(given, 'the webhook endpoint') as { url: string; types?: EventType[] };
  const now = ctx.clock.now();
  const { tenant } = caller;
  const value: WebhookEndpoint = {
    id: newId('whk', now),
    tenant,
    ...wish,
    url: checkedUrl(ctx, wish.url),
    created_at: now,
    created_by: caller.keyId,
  };
  const secret = newSecret();
  const sealed = ctx.keyring.seal(secret, `${tenant}/${value.id}`);
  await transact(
    ctx,
    [quotaCheck(ctx, { tenant, name: 'webhook_endpoints' })],
    [
      ...insertWrites(
        ctx,
        { kind: WEBHOOK_ENDPOINT, id: value.id, createdAt: now, owners: [tenant, ALL_TENANTS] },
        { value, sealed: { text: sealed, keyId: ctx.keyring.keyIdOf(sealed) } },
      ),
      ['SET', positionKey(ctx, value.id), await lastEventPosition(ctx, tenant)],
      auditWrite(ctx, caller, {
        action: 'webhook_endpoint.create',
        target: { kind: 'webhook_endpoint', id: value.id },
        details: { origin: new URL(value.url).origin },
      }),
    ],
  );
  return { ...toView(value, now), secret };
}

/** @throws ConnectorError ERR_NOT_FOUND */
export async function getWebhookEndpoint(ctx: Context, tenant: string, id: string): Promise<WebhookEndpointView> {
  return toView((await findEndpoint(ctx, tenant, id)).value, ctx.clock.now());
}

/** A tenant's webhook endpoints, newest first. @throws ConnectorError ERR_INPUT_INVALID */
export async function listWebhookEndpoints(
  ctx: Context,
  tenant: string,
  page: PageRequest = {},
): Promise<ListPage<WebhookEndpointView>> {
  const list = { kind: WEBHOOK_ENDPOINT, owner: tenant };
  return listRecords(ctx, list, page, ({ value }: Stored<WebhookEndpoint>) => toView(value, ctx.clock.now()));
}

/** Deletes an endpoint. Deliveries that have started continue. @throws ConnectorError ERR_NOT_FOUND */
export async function deleteWebhookEndpoint(ctx: Context, caller: Actor, id: string): Promise<void> {
  const { sealed } = await findEndpoint(ctx, caller.tenant, id);
  await transact(
    ctx,
    [],
    [
      ...removeWrites(
        ctx,
        { kind: WEBHOOK_ENDPOINT, id, owners: [caller.tenant, ALL_TENANTS] },
        sealed === undefined ? undefined : ctx.keyring.keyIdOf(sealed),
      ),
      ['DEL', positionKey(ctx, id)],
      ['DEL', deliveriesKey(ctx, id)],
      auditWrite(ctx, caller, { action: 'webhook_endpoint.delete', target: { kind: 'webhook_endpoint', id } }),
    ],
  );
}

/** The key of the position up to which events were delivered; it does not exist once the endpoint is deleted. */
export function positionKey(ctx: Pick<Context, 'keys'>, id: string): string {
  return ctx.keys.other('event-position', id);
}

/** zset of the last 1,000 run ids by time: deliveries to an endpoint. Goes with it, or 30 days after the last. */
export function deliveriesKey(ctx: Pick<Context, 'keys'>, id: string): string {
  return ctx.keys.other('endpoint-deliveries', id);
}

export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** The secrets that a delivery is signed with now, apart by a space: two while the old one is still valid. */
export function secretsOf(ctx: Context, { value, sealed }: Pick<Stored<WebhookEndpoint>, 'value' | 'sealed'>): string {
  const [secret = '', old] = ctx.keyring.open(sealed!, `${value.tenant}/${value.id}`).split(' ');
  const isValid = old !== undefined && ctx.clock.now() < (value.old_secret_until ?? 0);
  return isValid ? `${secret} ${old}` : secret;
}

/** A tenant's endpoint. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function findEndpoint(ctx: Context, tenant: string, id: string): Promise<Stored<WebhookEndpoint>> {
  const found = await readRecord<WebhookEndpoint>(ctx, WEBHOOK_ENDPOINT, id);
  if (found?.value.tenant === tenant) return found;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no webhook endpoint "${id}"`);
}

/** The rules of core.webhook, checked at creation rather than at the first event. DNS is resolved only at delivery. */
export function checkedUrl(ctx: Context, text: string): string {
  const url = URL.parse(text);
  const isFine = url !== null && (url.protocol === 'https:' || isLoopbackHttp(url));
  if (!isFine || url.username !== '' || url.password !== '') {
    const message = isFine
      ? 'must not contain a user name or password'
      : 'must be an https URL; http is allowed for loopback addresses only';
    throw new ConnectorError('ERR_INPUT_INVALID', `"url" ${message}`, { errors: [{ pointer: '/url', message }] });
  }
  const isPrivate = isPrivateAddress(url.hostname) || url.hostname === 'localhost';
  if (!isPrivate || ['https', 'http'].some((scheme) => ctx.isListed(`${scheme}://${url.host}`))) return url.href;
  throw new ConnectorError('ERR_HOST_NOT_ALLOWED', `"${url.host}" is at a private, loopback or link-local address`, {
    hint: 'If this is intended, ask an operator to add the host to PENSTOCK_ALLOWED_HOSTS.',
    errors: [
      { pointer: '/url', message: 'must not be a private address, unless it is listed in PENSTOCK_ALLOWED_HOSTS' },
    ],
  });
}

/** An endpoint as the API shows it. */
export function toView(
  { id, url, types, is_paused = false, old_secret_until: until, created_at, created_by }: WebhookEndpoint,
  now: number,
): WebhookEndpointView {
  // Path and query can contain a secret that lets its readers post to the endpoint.
  return {
    id,
    url: hideInUrl(url, true)?.shown ?? url,
    ...(types === undefined ? {} : { types }),
    paused: is_paused,
    ...(until === undefined || until <= now ? {} : { old_secret_until: toTimestamp(until) }),
    created_at: toTimestamp(created_at),
    created_by,
  };
}
