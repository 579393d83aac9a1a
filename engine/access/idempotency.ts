import { createHash } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import { newId } from '../store/ids.ts';
import { isRedisUnavailable } from '../store/redis.ts';
import type { Context } from './context.ts';

/** An answer worth repeating. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** As the draft of the Idempotency-Key header leaves to the server: a day. */
const KEPT_SECONDS = 86_400;
/** A request that died without an answer frees its key after this long, unless it may be made again with its run's id. */
const IN_PROGRESS_SECONDS = 90;
const IN_PROGRESS = 'in-progress';

/** One request under a key. */
export interface KeyedRequest {
  key: string;
  fingerprint: string;
  /** Makes the answer; `runId` is the id of the run it makes, the same for every repeat. */
  make(runId: string): Promise<Answer>;
  /** All that `make` does, it does to the run of this id: it is made again when the process died before it had an answer. */
  makesOneRun?: boolean;
}

/**
 * Makes an answer once per key and tenant: a repeat with the same request gets the same answer, `isReplayed` true.
 * A failure of `make` frees the key, so that the client may try again; after a crash, or when Redis became unavailable in between, a
 * repeatable request is made again under the id of the first, so that there is one run whatever happens.
 * @throws ConnectorError ERR_IDEMPOTENCY_KEY_REUSED for another request under the key, ERR_IDEMPOTENCY_KEY_IN_USE while the first is in progress
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export async function idempotent(
  ctx: Context,
  tenant: string,
  request: KeyedRequest,
): Promise<{ answer: Answer; isReplayed: boolean }> {
  const name = ctx.keys.idempotency(tenant, createHash('sha256').update(request.key).digest('base64url'));
  const print = createHash('sha256').update(request.fingerprint).digest('base64url');
  let runId = newId('run', ctx.clock.now());
  const seconds = request.makesOneRun === true ? KEPT_SECONDS : IN_PROGRESS_SECONDS;
  const kept = await ctx.redis.set(name, `${print} ${IN_PROGRESS} ${runId}`, 'EX', seconds, 'NX', 'GET');
  const begun = kept === null ? undefined : repeat(kept, print, request);
  if (begun !== undefined && 'answer' in begun) return { answer: begun.answer, isReplayed: true };
  if (begun !== undefined) runId = begun.runId;
  try {
    const answer = await request.make(runId);
    await ctx.redis.set(name, `${print} ${stringifyJson(answer)}`, 'EX', KEPT_SECONDS);
    return { answer, isReplayed: begun !== undefined };
  } catch (error) {
    // The run may have been written all the same; its id is kept for the repeat.
    if (request.makesOneRun === true && isRedisUnavailable(error)) throw error;
    await ctx.redis.del(name).catch(() => {
      // Redis is unavailable: the key frees itself when its time is over.
    });
    throw error;
  }
}

function repeat(kept: string, print: string, request: KeyedRequest): { answer: Answer } | { runId: string } {
  const { key } = request;
  const space = kept.indexOf(' ');
  if (kept.slice(0, space) !== print) {
    throw new ConnectorError(
      'ERR_IDEMPOTENCY_KEY_REUSED',
      `the Idempotency-Key "${key}" was already used with a different request`,
      {
        hint: 'Use a new key for each new request. Keys are stored for 24 hours.',
      },
    );
  }
  const text = kept.slice(space + 1);
  const [state, runId = ''] = text.split(' ', 2);
  if (state === IN_PROGRESS) {
    if (request.makesOneRun === true) return { runId };
    throw new ConnectorError(
      'ERR_IDEMPOTENCY_KEY_IN_USE',
      `a request with the Idempotency-Key "${key}" is still in progress`,
      {
        hint: 'Retry in a moment to get its response.',
      },
    );
  }
  return { answer: parseJson(text) as Answer };
}
