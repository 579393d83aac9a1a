import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import type { Actor } from '../access/actor.ts';
import { auditWrite } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { transact, updateWrites } from '../store/records.ts';
import {
  checkedUrl,
  type EventType,
  findEndpoint,
  newSecret,
  toView,
  WEBHOOK_ENDPOINT,
  WEBHOOK_ENDPOINT_SCHEMA,
  type WebhookEndpoint,
  type WebhookEndpointView,
} from './webhook-endpoints.ts';

const { url: urlField, types: typesField } = WEBHOOK_ENDPOINT_SCHEMA.properties as Record<string, JsonObject>;

/** Body of `PATCH /v1/webhook_endpoints/{id}`. */
export const WEBHOOK_ENDPOINT_CHANGE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    url: urlField!,
    types: { ...typesField, type: ['array', 'null'], description: 'Event types to deliver; null for all' },
    paused: {
      title: 'Paused',
      type: 'boolean',
      description: 'While paused, events wait; the last 10,000 of the tenant are delivered afterwards',
    },
  },
});

const changeBody = compileSchema(WEBHOOK_ENDPOINT_CHANGE_SCHEMA);
/** Each time another change of the same endpoint came first. */
const MAX_TRIES = 20;

/**
 * Changes URL or types, pauses or resumes. Deliveries that have started continue as they were begun.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID, ERR_HOST_NOT_ALLOWED; ERR_CONFLICT when it keeps changing
 */
export async function updateWebhookEndpoint(
  ctx: Context,
  caller: Actor,
  id: string,
  given: unknown,
): Promise<WebhookEndpointView> {
  const wish = changeBody.check(given, 'the webhook endpoint') as {
    url?: string;
    types?: EventType[] | null;
    paused?: boolean;
  };
  const url = wish.url === undefined ? {} : { url: checkedUrl(ctx, wish.url) };
  return change(ctx, caller, id, {
    verb: 'update',
    details: { fields: Object.keys(wish) },
    decide({ types: before, ...rest }) {
      const types = wish.types === undefined ? before : (wish.types ?? undefined);
      const paused = wish.paused === undefined ? {} : { is_paused: wish.paused };
      return { value: { ...rest, ...url, ...paused, ...(types === undefined ? {} : { types }) } };
    },
  });
}

/**
 * Gives an endpoint a new secret, shown only once. For `overlapMs`, deliveries are signed with the old one, too, so that the endpoint
 * can change over; of two rotations in that time, the last two secrets are valid.
 * @throws ConnectorError ERR_NOT_FOUND; ERR_CONFLICT when it keeps changing
 */
export async function rotateEndpointSecret(
  ctx: Context,
  caller: Actor,
  { id, overlapMs }: { id: string; overlapMs: number },
): Promise<WebhookEndpointView & { secret: string }> {
  const secret = newSecret();
  const old_secret_until = ctx.clock.now() + overlapMs;
  const view = await change(ctx, caller, id, {
    verb: 'rotate_secret',
    details: { overlap_seconds: overlapMs / 1000 },
    decide(before, secrets) {
      const [old = ''] = secrets.split(' ');
      return { value: { ...before, old_secret_until }, secrets: overlapMs === 0 ? secret : `${secret} ${old}` };
    },
  });
  return { ...view, secret };
}

async function change(
  ctx: Context,
  caller: Actor,
  id: string,
  of: {
    verb: string;
    details: Record<string, unknown>;
    /** `secrets`: the present one and the one before, apart by a space. */
    decide: (before: WebhookEndpoint, secrets: string) => { value: WebhookEndpoint; secrets?: string };
  },
): Promise<WebhookEndpointView> {
  const owner = `${caller.tenant}/${id}`;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { value: before, version, sealed: old } = await findEndpoint(ctx, caller.tenant, id);
    const { value, secrets } = of.decide(before, ctx.keyring.open(old!, owner));
    const text = secrets === undefined ? undefined : ctx.keyring.seal(secrets, owner);
    const sealed =
      text === undefined ? undefined : { text, keyId: ctx.keyring.keyIdOf(text), oldKeyId: ctx.keyring.keyIdOf(old!) };
    const failed = await transact(
      ctx,
      [['version', ctx.keys.record(WEBHOOK_ENDPOINT, id), String(version)]],
      [
        ...updateWrites(ctx, { kind: WEBHOOK_ENDPOINT, id, version }, { value, sealed }),
        auditWrite(ctx, caller, {
          action: `webhook_endpoint.${of.verb}`,
          target: { kind: 'webhook_endpoint', id },
          details: of.details,
        }),
      ],
    );
    if (failed === undefined) return toView(value, ctx.clock.now());
  }
  throw new ConnectorError(
    'ERR_CONFLICT',
    `the webhook endpoint "${id}" was changed by other requests at the same time`,
    {
      hint: 'Try again.',
    },
  );
}
