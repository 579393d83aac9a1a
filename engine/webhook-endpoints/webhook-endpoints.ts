import { randomBytes } from 'node:crypto';
import { isPrivateAddress } from '../../connector/addresses.ts';
import { ConnectorError } from '../../connector/errors.ts';
import { isLoopbackHttp } from '../../connector/hosts.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import { type Actor, auditWrite } from '../access/audit.ts';
import type { Context } from '../context.ts';
import { AUTH_EVENT_TYPES, type AuthEventType, lastEventPosition } from '../events/auth-events.ts';
import { LIFE_EVENT_TYPES, type LifeEventType } from '../events/life-events.ts';
import { hideInUrl } from '../secrets/plain-names.ts';
import { newId } from '../store/ids.ts';
import { quotaCheck } from '../store/quotas.ts';
import {
  insertWrites,
  listRecords,
  type Page,
  readRecord,
  removeWrites,
  type Stored,
  transact,
} from '../store/records.ts';
import { toTimestamp } from '../store/timestamps.ts';

type EventType = AuthEventType | LifeEventType;

/** A receiver of a tenant's events. Times in epoch ms. */
export interface EventWebhook {
  id: string;
  tenant: string;
  url: string;
  /** Left out: every type. */
  types?: EventType[];
  created_at: number;
  created_by: string;
}

/** A receiver as it is shown, without its secret. */
export interface EventWebhookView {
  id: string;
  url: string;
  types?: EventType[];
  created_at: string;
  created_by: string;
}

/** Owner of the list that the delivery goes through. */
export const ALL_TENANTS = 'all';
export const EVENT_WEBHOOK = 'event_webhook';

/** Body of `POST /v1/event_webhooks`. */
export const EVENT_WEBHOOK_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: { title: 'URL', type: 'string', format: 'uri', maxLength: 2048, examples: ['https://example.com/hooks/auth'] },
    types: {
      title: 'Types',
      description: 'Left out, every type is delivered',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: [...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES] },
    },
  },
});

const body = compileSchema(EVENT_WEBHOOK_SCHEMA);
/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/**
 * Registers a receiver for what happens from now on; the secret that signs the deliveries is in this answer and nowhere else.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_HOST_NOT_ALLOWED, ERR_CONFLICT for more than 20
 */
export async function createEventWebhook(
  ctx: Context,
  caller: Actor,
  given: unknown,
): Promise<EventWebhookView & { secret: string }> {
  const wish = body.check(given, 'the event webhook') as { url: string; types?: EventType[] };
  const now = ctx.clock.now();
  const { tenant } = caller;
  const value: EventWebhook = {
    id: newId('whk', now),
    tenant,
    ...wish,
    url: checkedUrl(ctx, wish.url),
    created_at: now,
    created_by: caller.keyId,
  };
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  const sealed = ctx.keyring.seal(secret, `${tenant}/${value.id}`);
  await transact(
    ctx,
    [quotaCheck(ctx, { tenant, name: 'event_webhooks' })],
    [
      ...insertWrites(
        ctx,
        { kind: EVENT_WEBHOOK, id: value.id, createdAt: now, owners: [tenant, ALL_TENANTS] },
        { value, sealed: { text: sealed, keyId: ctx.keyring.keyIdOf(sealed) } },
      ),
      ['SET', positionKey(ctx, value.id), await lastEventPosition(ctx, tenant)],
      auditWrite(ctx, caller, {
        action: 'event_webhook.create',
        target: { kind: EVENT_WEBHOOK, id: value.id },
        details: { origin: new URL(value.url).origin },
      }),
    ],
  );
  return { ...toView(value), secret };
}

/** @throws ConnectorError ERR_NOT_FOUND */
export async function getEventWebhook(ctx: Context, tenant: string, id: string): Promise<EventWebhookView> {
  return toView((await find(ctx, tenant, id)).value);
}

/** A tenant's receivers, newest first. @throws ConnectorError ERR_INPUT_INVALID */
export async function listEventWebhooks(
  ctx: Context,
  tenant: string,
  page: { limit?: number; cursor?: string } = {},
): Promise<Page<EventWebhookView>> {
  const list = { kind: EVENT_WEBHOOK, owner: tenant };
  return listRecords(ctx, list, page, ({ value }: Stored<EventWebhook>) => toView(value));
}

/** Ends it; deliveries that have begun go on. @throws ConnectorError ERR_NOT_FOUND */
export async function deleteEventWebhook(ctx: Context, caller: Actor, id: string): Promise<void> {
  const { sealed } = await find(ctx, caller.tenant, id);
  await transact(
    ctx,
    [],
    [
      ...removeWrites(
        ctx,
        { kind: EVENT_WEBHOOK, id, owners: [caller.tenant, ALL_TENANTS] },
        sealed === undefined ? undefined : ctx.keyring.keyIdOf(sealed),
      ),
      ['DEL', positionKey(ctx, id)],
      auditWrite(ctx, caller, { action: 'event_webhook.delete', target: { kind: EVENT_WEBHOOK, id } }),
    ],
  );
}

/** The key that holds up to where the events went out; there is none when the receiver is gone. */
export function positionKey(ctx: Pick<Context, 'keys'>, id: string): string {
  return ctx.keys.other('event-position', id);
}

async function find(ctx: Context, tenant: string, id: string): Promise<Stored<EventWebhook>> {
  const found = await readRecord<EventWebhook>(ctx, EVENT_WEBHOOK, id);
  if (found?.value.tenant === tenant) return found;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no event webhook "${id}"`);
}

/** As core.webhook wants it, told when it is registered rather than at the first event. What a name resolves to is looked at then. */
function checkedUrl(ctx: Context, text: string): string {
  const url = URL.parse(text);
  const isFine = url !== null && (url.protocol === 'https:' || isLoopbackHttp(url));
  if (!isFine || url.username !== '' || url.password !== '') {
    const message = isFine
      ? 'must not hold a user name or password'
      : 'must be an https URL; http is for this machine only';
    throw new ConnectorError('ERR_INPUT_INVALID', `"url" ${message}`, { errors: [{ pointer: '/url', message }] });
  }
  const isPrivate = isPrivateAddress(url.hostname) || url.hostname === 'localhost';
  if (!isPrivate || ['https', 'http'].some((scheme) => ctx.isListed(`${scheme}://${url.host}`))) return url.href;
  throw new ConnectorError('ERR_HOST_NOT_ALLOWED', `"${url.host}" is at a private, loopback or link-local address`, {
    hint: 'If that is meant, an operator adds the host to PENSTOCK_ALLOWED_HOSTS.',
    errors: [{ pointer: '/url', message: 'must not be a private address that is not listed' }],
  });
}

function toView({ id, url, types, created_at, created_by }: EventWebhook): EventWebhookView {
  // Its query and path may let whoever reads them post there.
  return {
    id,
    url: hideInUrl(url, true)?.shown ?? url,
    ...(types === undefined ? {} : { types }),
    created_at: toTimestamp(created_at),
    created_by,
  };
}
