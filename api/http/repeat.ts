import { ConnectorError } from '../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import { idempotent } from '../../engine/access/idempotency.ts';
import type { Context } from '../../engine/context.ts';
import type { Answer, Call, Route } from './route.ts';

const MAX_KEY_LENGTH = 255;

/**
 * Does a POST once per Idempotency-Key: a repeat gets the answer of the first with `Idempotency-Replayed: true`.
 * @throws ConnectorError ERR_INPUT_INVALID for a key that cannot be used, and those of `idempotent`
 */
export async function doOnce(ctx: Context, done: Route, call: Call): Promise<Answer> {
  const key = readKey(call.request.headers['idempotency-key']);
  if (key === undefined) return done.handle(call);
  const { caller, request } = call;
  const owner = `${caller.tenant}/idempotency`;
  const { answer, isReplayed } = await idempotent(ctx, caller.tenant, {
    key,
    fingerprint: `${request.method} ${request.url} ${stringifyJson(request.body)}`,
    ...(done.makesOneRun === true ? { makesOneRun: true } : {}),
    async make(runId) {
      const made = await done.handle({ ...call, runId });
      if (done.isSecret !== true) return { ...made, body: made.body ?? null };
      return { ...made, body: { sealed: ctx.dataKeyring.seal(stringifyJson(made.body), owner) } };
    },
  });
  const body =
    done.isSecret === true
      ? parseJson(ctx.dataKeyring.open((answer.body as { sealed: string }).sealed, owner))
      : answer.body;
  return {
    status: answer.status,
    headers: { ...answer.headers, ...(isReplayed ? { 'idempotency-replayed': 'true' } : {}) },
    ...(body === null ? {} : { body }),
  };
}

function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = [header].flat().join(',').trim();
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH) return key;
  const message = `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} characters; it has ${key.length}`;
  throw new ConnectorError('ERR_INPUT_INVALID', message, {
    hint: 'Use a new random key, such as a UUID, for each request.',
    errors: [{ pointer: '', message, allowed: MAX_KEY_LENGTH }],
  });
}
