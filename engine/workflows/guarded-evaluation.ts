import { ConnectorError } from '../../connector/errors.ts';
import { partsOf, valueAt } from '../../connector/json-pointer.ts';
import type { ExpressionScope } from '../expressions/scope.ts';
import type { Context } from '../runs/context.ts';
import { scrub, scrubError } from '../secrets/scrub.ts';
import type { SecretPlace, SecretPlaces } from '../secrets/secret-places.ts';
import { type SecretScope, secretReads } from './secret-reads.ts';

/** A value that expressions made, and which places of it were made of secrets. */
export interface Guarded {
  value: unknown;
  places: SecretPlaces;
}

type How = NonNullable<Parameters<Context['expressions']['evaluate']>[2]>;

/**
 * Evaluates a template. A text in which secrets were changed is a credential like them; an expression that fails
 * after it has read some says only that it failed, as its error repeats the values that it met.
 * @throws ConnectorError ERR_EXPRESSION
 */
export async function evaluateGuarded(
  ctx: Context,
  of: { values: ExpressionScope; secrets: SecretScope },
  template: unknown,
  how: How,
): Promise<Guarded> {
  const { values, secrets } = of;
  const { expressions } = ctx;
  const occurrences = () => expressions.read(template);
  const read = () => secretReads(occurrences, secrets, (found) => expressions.parseRead(found, how.owner));
  let value: unknown;
  try {
    value = await ctx.expressions.evaluate(template, values, how);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw withoutSecrets(error, { secrets, places: await read(), pointer: how.pointer ?? '' });
  }
  const places = new Map<string, SecretPlace>();
  for (const [pointer, place] of await read()) {
    const made = valueAt(value, partsOf(pointer));
    const isChanged = typeof made === 'string' && scrub(made, place.credentials) === made;
    const credentials = isChanged ? [...place.credentials, made] : place.credentials;
    places.set(pointer, { ...place, credentials });
  }
  return { value, places };
}

function withoutSecrets(
  error: ConnectorError,
  of: { secrets: SecretScope; places: SecretPlaces; pointer: string },
): ConnectorError {
  const { secrets, places, pointer } = of;
  const [validationError] = error.errors ?? [];
  const explains = validationError !== undefined && error.message.endsWith(` failed: ${validationError.message}`);
  // A limit that was reached is told as it is: it says nothing of values.
  if (!explains || !places.has(validationError.pointer.slice(pointer.length)))
    return scrubError(error, secrets.credentials);
  const message = 'details are hidden because the expression reads secrets';
  const before = error.message.slice(0, -validationError.message.length);
  return new ConnectorError(error.code, before + message, {
    kind: error.kind,
    hint: 'Test the expression with a value that is not secret.',
    errors: [{ pointer: validationError.pointer, message }],
    sent: error.sent,
  });
}

/** The error of what was done with a value, without what the value holds of secrets. */
export function hideGuarded(error: unknown, places: SecretPlaces): unknown {
  if (!(error instanceof ConnectorError) || places.size === 0) return error;
  return scrubError(
    error,
    [...places.values()].flatMap(({ credentials }) => credentials),
  );
}
