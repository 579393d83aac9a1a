import { createHmac, timingSafeEqual } from 'node:crypto';
import { holds } from './condition.ts';
import { ConnectorError } from './errors.ts';
import type { WebhookManifest } from './manifest.ts';
import { readPath, resolveTemplate } from './template.ts';

/** A request of a service to the URL of a workflow; `body` as it was sent. */
export interface Delivery {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A challenge is a random text; a longer one is something else. */
const MAX_CHALLENGE = 1_000;
const PARTS = /(\{body\}|\{timestamp\})/;

/**
 * Checks the signature of a delivery, over its raw body and in constant time, and its age. `now` is epoch ms.
 * @throws ConnectorError ERR_UNAUTHORIZED when it is not signed, signed with another secret, or too old or new
 */
export function checkDelivery(
  { signature, timestamp }: WebhookManifest,
  { headers, body }: Delivery,
  { secret, now }: { secret: string; now: number },
): void {
  const given = one(headers[signature.header]);
  if (given === undefined) {
    throw refused(
      `has no ${signature.header}`,
      'Set the secret of the trigger at the service, so that it signs what it sends.',
    );
  }
  const sentAt = timestamp === undefined ? undefined : one(headers[timestamp.header]);
  if (timestamp !== undefined) {
    if (sentAt === undefined || !/^\d{1,12}$/.test(sentAt)) {
      throw refused(`has no time in ${timestamp.header}`, 'Send the seconds since 1970 that were signed.');
    }
    if (Math.abs(now / 1000 - Number(sentAt)) > timestamp.tolerance_seconds) {
      throw refused(
        'is too old or in the future',
        `${timestamp.header} may differ by ${timestamp.tolerance_seconds} seconds.`,
      );
    }
  }
  const hmac = createHmac(signature.algorithm, secret);
  for (const part of signature.content.split(PARTS)) {
    hmac.update(part === '{body}' ? body : part === '{timestamp}' ? (sentAt ?? '') : part);
  }
  const expected = Buffer.from(`${signature.prefix ?? ''}${hmac.digest(signature.encoding)}`);
  const candidate = Buffer.from(given);
  if (candidate.length !== expected.length || !timingSafeEqual(candidate, expected)) {
    throw refused(
      'has an invalid signature',
      'Give the trigger and the service the same secret, and change nothing of the body on its way.',
    );
  }
}

/** The text with which a service checks that the URL is ours, when that is what it asks for. */
export function challengeOf({ challenge }: WebhookManifest, body: unknown): string | undefined {
  if (challenge === undefined || !holds(challenge.when, body)) return undefined;
  const text = readPath(body, challenge.answer);
  return typeof text === 'string' && text.length <= MAX_CHALLENGE ? text : undefined;
}

/** Whether the workflow wants this kind of delivery; `input` is that of the trigger. */
export function isWanted({ accept }: WebhookManifest, { headers }: Delivery, input: Record<string, unknown>): boolean {
  if (accept === undefined) return true;
  const wanted = resolveTemplate(accept.values, { input });
  return wanted === undefined || ([wanted].flat() as unknown[]).includes(one(headers[accept.header]));
}

/**
 * Under which name a delivery is told, and by what its repeats are known: its id, or its signature where the service gives none. A
 * service repeats a delivery under its id, and sends the same body again as a new event, such as a button that is pressed twice.
 * `replayable`: the signature of a delivery whose id is not signed. Anyone who has seen it and knows the URL can send it again under
 * another id, which nobody can tell from a new event; the caller limits how often.
 */
export function identityOf(
  { delivery_id, signature }: WebhookManifest,
  { headers }: Delivery,
  body: unknown,
): { id: string | undefined; key: string; replayable: string | undefined } {
  const isInHeader = delivery_id?.header !== undefined;
  const named = isInHeader ? one(headers[delivery_id.header!]) : readPath(body, delivery_id?.body ?? '');
  const id = typeof named === 'string' && named !== '' ? named : undefined;
  const signed = one(headers[signature.header])!;
  return { id, key: id ?? signed, replayable: isInHeader ? signed : undefined };
}

function one(value: string | string[] | undefined): string | undefined {
  return [value].flat()[0];
}

function refused(why: string, hint: string): ConnectorError {
  return new ConnectorError('ERR_UNAUTHORIZED', `the request ${why}`, { hint });
}
