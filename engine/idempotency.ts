import { createHash } from 'node:crypto';
import { ConnectorError } from '../connector/errors.ts';
import { parseJson, stringifyAtEdge } from '../connector/json.ts';
import type { Context } from './context.ts';

/** An answer worth repeating. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** As the draft of the Idempotency-Key header leaves to the server: a day. */
const KEPT_SECONDS = 86_400;
/** A request that died without an answer frees its key after this long. */
const IN_HAND_SECONDS = 90;
const IN_HAND = 'in-hand';

/**
 * Makes an answer once per key and tenant: a repeat with the same request gets the same answer, `isReplayed` true.
 * A failure of `make` frees the key, so that the client may try again.
 * @throws ConnectorError ERR_IDEMPOTENCY_KEY_REUSED for another request under the key, ERR_IDEMPOTENCY_KEY_IN_USE while the first is in hand
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export async function idempotent(
  ctx: Context,
  tenant: string,
  request: { key: string; fingerprint: string; make: () => Promise<Answer> },
): Promise<{ answer: Answer; isReplayed: boolean }> {
  const name = ctx.keys.idempotency(tenant, createHash('sha256').update(request.key).digest('base64url'));
  const print = createHash('sha256').update(request.fingerprint).digest('base64url');
  const kept = await ctx.redis.set(name, `${print} ${IN_HAND}`, 'EX', IN_HAND_SECONDS, 'NX', 'GET');
  if (kept !== null) return { answer: repeat(kept, print, request.key), isReplayed: true };
  try {
    const answer = await request.make();
    await ctx.redis.set(name, `${print} ${stringifyAtEdge(answer)}`, 'EX', KEPT_SECONDS);
    return { answer, isReplayed: false };
  } catch (error) {
    await ctx.redis.del(name).catch(() => {
      // Redis is away: the key frees itself when its time is over.
    });
    throw error;
  }
}

function repeat(kept: string, print: string, key: string): Answer {
  const space = kept.indexOf(' ');
  if (kept.slice(0, space) !== print) {
    throw new ConnectorError(
      'ERR_IDEMPOTENCY_KEY_REUSED',
      `the Idempotency-Key "${key}" came before with another request`,
      {
        hint: 'Use a new key for a new request; a key is kept for 24 hours.',
      },
    );
  }
  const text = kept.slice(space + 1);
  if (text === IN_HAND) {
    throw new ConnectorError('ERR_IDEMPOTENCY_KEY_IN_USE', `a request with the Idempotency-Key "${key}" is in hand`, {
      hint: 'Ask again in a moment; the answer will be the same.',
    });
  }
  return parseJson(text) as Answer;
}
