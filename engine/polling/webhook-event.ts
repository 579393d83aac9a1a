import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { checkJson } from '../../connector/json-limits.ts';
import type { Json, JsonObject, Trigger } from '../../connector/manifest.ts';
import { signWebhook } from '../../connector/webhook-signature.ts';
import { headerPlaces, queryPlaces, type SecretPlaces, secretPlaces } from '../secrets/secret-places.ts';

/** What a sender sent. `body` as it was sent: the signature is of the text. */
export interface WebhookRequest {
  headers: IncomingHttpHeaders;
  query: Record<string, unknown>;
  body: string;
}

/** What expressions read as `trigger`. */
export interface WebhookEvent {
  id: string;
  received_at: string;
  headers: Record<string, string>;
  query: Record<string, unknown>;
  body: Json;
}

/** Of Standard Webhooks: an older or newer request is a replay, or of a clock that is wrong. */
const TOLERANCE_S = 300;
/** Carry credentials, or mean nothing beyond this request. */
const LEFT_OUT = /^(authorization|cookie|proxy-.*|x-api-key|webhook-signature|connection|host|content-length)$/;
/** A body has 1 MiB at most. */
const BODY_LIMITS = { maxDepth: 200, maxValues: 65_536 };

/**
 * The event of a request, without its signature, and what of it is secret: a sender's own credentials are for expressions to compare with,
 * and for nobody to read.
 */
export function eventOf(
  trigger: Trigger,
  request: Pick<WebhookRequest, 'headers' | 'query'>,
  { id, now, body }: { id: string; now: number; body: Json },
): { event: WebhookEvent; places: SecretPlaces } {
  const headers = shownHeaders(request.headers, trigger.manifest.webhook?.signature.header);
  const event = { id, received_at: new Date(now).toISOString(), headers, query: request.query, body };
  const places = new Map([
    ...headerPlaces(headers, ['headers'], namedHeaders(trigger)),
    ...queryPlaces(request.query, ['query']),
    ...secretPlaces(trigger.manifest.output, event, []),
  ]);
  return { event, places };
}

/** JSON and forms are parsed, any other body is its text. @throws ConnectorError ERR_BODY_NOT_JSON, ERR_INPUT_INVALID */
export function readBody({ headers, body }: Pick<WebhookRequest, 'headers' | 'body'>, jsonField?: string): unknown {
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

/** Checks a request that is signed according to Standard Webhooks; `now` is epoch ms. @throws ConnectorError ERR_UNAUTHORIZED */
export function checkSignature(
  { headers, body }: Pick<WebhookRequest, 'headers' | 'body'>,
  { secret, now }: { secret: string; now: number },
): void {
  const id = one(headers['webhook-id']);
  const timestamp = Number(one(headers['webhook-timestamp']));
  const given = one(headers['webhook-signature']);
  if (id === undefined || given === undefined || !Number.isInteger(timestamp)) {
    throw refused(
      'is not signed',
      'Send webhook-id, webhook-timestamp and webhook-signature according to Standard Webhooks.',
    );
  }
  if (Math.abs(now / 1000 - timestamp) > TOLERANCE_S) {
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

/** The first value of a header. */
export function one(value: string | string[] | undefined): string | undefined {
  return [value].flat()[0];
}

/** Headers that the output of the trigger names: they are shown, as those are whose names are plain everywhere. */
function namedHeaders({ manifest }: Trigger): ReadonlySet<string> {
  const { headers } = (manifest.output.properties ?? {}) as { headers?: JsonObject };
  return new Set(Object.keys((headers?.properties ?? {}) as JsonObject));
}

function shownHeaders(headers: IncomingHttpHeaders, signature: string | undefined): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!LEFT_OUT.test(name) && name !== signature && value !== undefined) shown[name] = [value].flat().join(', ');
  }
  return shown;
}

function refused(why: string, hint: string): ConnectorError {
  return new ConnectorError('ERR_UNAUTHORIZED', `the request ${why}`, { hint });
}
