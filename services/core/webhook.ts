import type { ActionCall, ActionState, Io, RowPlace, Step } from '../../actions/call.ts';
import { beforeLaunch } from '../../actions/launch.ts';
import { FIRST_ROW, groupRows, rowsOf } from '../../actions/rows.ts';
import { ConnectorError, type ErrorKind, inputError } from '../../connector/errors.ts';
import { isConnectionHeader } from '../../connector/headers.ts';
import { isLoopbackHttp } from '../../connector/hosts.ts';
import type { HttpStream } from '../../connector/http.ts';
import { parseJson, stringifyAtEdge } from '../../connector/json.ts';
import type { Action } from '../../connector/manifest.ts';
import { answeredAt } from '../../connector/rate-limit-headers.ts';
import { readRetryAfter } from '../../connector/upstream.ts';
import { signWebhook } from '../../connector/webhook-signature.ts';

interface WebhookInput {
  url: string;
  secret?: string;
  rows?: unknown[];
  /** Rows of one request at most. */
  batch_size?: number;
  body?: unknown;
  headers?: Record<string, string>;
  timeout_seconds: number;
}

/** What has been delivered. */
interface WebhookState {
  place: RowPlace;
  requests: number;
}

/** As many as a page of a trigger may have, which was always one request. */
const MAX_ROWS = 10_000;
/** Characters of the rows of one request. Endpoints commonly accept some megabytes. */
const MAX_LENGTH = 4 * 1024 * 1024;
const OWN_HEADERS = /^(content-type|webhook-.*)$/;
/** Of the response; it is shown to people and read no further. */
const ANSWER_BYTES = 16 * 1024;
const GONE = 410;

/**
 * Sends JSON to a webhook endpoint; many rows in several requests, one after the other. Every retry of a request carries the same
 * `webhook-id`, by which the endpoint ignores it.
 * @throws ConnectorError ERR_UPSTREAM for a status other than 2xx; 410 says that the endpoint is gone
 */
export async function advanceWebhook(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as WebhookInput;
  if (input.rows === undefined && call.rows === undefined) {
    const request = signed(input, io, { id: io.builtin.deliveryId, body: stringifyAtEdge(input.body) });
    await beforeLaunch(action, call, state, io);
    return { kind: 'done', output: await post(request, io) };
  }
  let { place, requests } = (state.own as WebhookState | undefined) ?? { place: FIRST_ROW, requests: 0 };
  const by = { write: stringifyAtEdge, maxRows: input.batch_size ?? MAX_ROWS, maxLength: MAX_LENGTH };
  for await (const { texts, next, isLast } of groupRows(rowsOf(call), place, by)) {
    // A colon is in no id of a run or delivery, so that no two requests have one id.
    const id = requests === 0 ? io.builtin.deliveryId : `${io.builtin.deliveryId}:${requests + 1}`;
    const request = signed(input, io, { id, body: `{"rows":[${texts.join(',')}]}` });
    await beforeLaunch(action, call, state, io);
    const output = await post(request, io);
    place = next;
    requests += 1;
    if (isLast) return { kind: 'done', output: requests === 1 ? output : { ...output, rows: place.row, requests } };
    // What was taken is not sent again, whatever happens to the rest.
    await io.launched({ ...state, own: { place, requests } satisfies WebhookState });
  }
  throw new ConnectorError('ERR_INTERNAL', 'the rows are incomplete');
}

interface SignedRequest {
  url: URL;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}

/** Made before the launch: a validation error of the input must not look like one. */
function signed(input: WebhookInput, io: Io, { id, body }: { id: string; body: string }): SignedRequest {
  const url = receiverOf(input.url);
  const timestamp = Math.floor(io.now() / 1000);
  const headers = {
    ...ownedHeaders(input.headers),
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    ...(input.secret === undefined ? {} : { 'webhook-signature': signaturesOf(input.secret, { id, timestamp, body }) }),
  };
  return { url, headers, body, timeoutMs: input.timeout_seconds * 1000 };
}

/** One signature per secret: the endpoint accepts any of them (Standard Webhooks, secret rotation). */
function signaturesOf(secrets: string, message: { id: string; timestamp: number; body: string }): string {
  return secrets
    .split(' ')
    .map((secret) => signWebhook(secret, message))
    .join(' ');
}

async function post({ url, ...request }: SignedRequest, io: Io): Promise<Record<string, unknown>> {
  const answer = await io.builtin.http.stream({
    method: 'POST',
    url: url.href,
    ...request,
    maxBytes: Number.MAX_SAFE_INTEGER,
    signal: io.signal,
  });
  const text = await firstPart(answer);
  if (answer.status < 200 || answer.status > 299) throw refused(answer, text, { origin: url.origin, now: io.now() });
  return {
    status: answer.status,
    webhook_id: request.headers['webhook-id'],
    ...(text === '' ? {} : { body: jsonOrText(text) }),
  };
}

function receiverOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && !isLoopbackHttp(url))) {
    throw inputError('/url', 'must be an https URL; http is allowed for loopback addresses only');
  }
  if (url.username !== '' || url.password !== '')
    throw inputError('/url', 'must not contain a user name or password; use headers');
  return url;
}

function ownedHeaders(given: Record<string, string> = {}): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (isConnectionHeader(name) || OWN_HEADERS.test(name.toLowerCase()))
      throw inputError(`/headers/${name}`, 'is set by the connector and cannot be overridden');
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** Reads as much of the answer as is shown, and leaves the rest. An answer that breaks off after its status still counts. */
async function firstPart({ body }: HttpStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= ANSWER_BYTES) break;
    }
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_CANCELED') throw error;
    // The status has come, and it alone decides about the delivery.
  }
  body.destroy();
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}

function refused(answer: HttpStream, text: string, at: { origin: string; now: number }): ConnectorError {
  const { status } = answer;
  const kind: ErrorKind =
    status === 429
      ? 'rate_limit'
      : status >= 500 || status === 408
        ? 'temporary'
        : status === GONE
          ? 'failed'
          : 'invalid';
  return new ConnectorError('ERR_UPSTREAM', `the webhook endpoint ${at.origin} responded ${status}`, {
    kind,
    hint: status === GONE ? 'The endpoint responded 410 (Gone): remove it from the workflow.' : undefined,
    upstream: { status, ...(text === '' ? {} : { message: text.slice(0, 500) }) },
    retryAfterMs: readRetryAfter(answer.headers['retry-after'], answeredAt(answer.headers, at.now)),
    sent: 'answered',
  });
}

function jsonOrText(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text; // The response of an endpoint can be anything.
  }
}
