import { ConnectorError } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';

/** Where a browser goes after a login or a connect link, and what comes back with it. */
export interface ReturnAddress {
  to: string;
  /** The caller's own, returned as it was given. */
  state?: string;
}

/** `state` in the body of a login or a connect link. */
export const STATE_SCHEMA: JsonObject = Object.freeze({
  title: 'State',
  type: 'string',
  minLength: 1,
  maxLength: 500,
  description: 'Returned unchanged with `return_to`, so that you recognize the end user',
});

/** What came of a login or a connect link. */
export type ConnectOutcome =
  | { status: 'connected'; account: string; authentication: string }
  | { status: 'refused'; account: string; error: string }
  | { status: 'canceled'; account: string };

/** The address that a body names; the caller checks it. @throws ConnectorError ERR_INPUT_INVALID for a `state` that would not come back */
export function returnAddress(wish: {
  return_to?: string | undefined;
  state?: string | undefined;
}): ReturnAddress | undefined {
  const { return_to: to, state } = wish;
  if (to !== undefined) return { to, ...(state === undefined ? {} : { state }) };
  if (state === undefined) return undefined;
  throw new ConnectorError('ERR_INPUT_INVALID', '"state" is returned only with "return_to"', {
    hint: 'Set "return_to" too, or omit "state".',
    errors: [{ pointer: '/state', message: 'requires "return_to"' }],
  });
}

/** The address with what came of it as query parameters; a parameter of the same name that was there is replaced. */
export function returnUrl({ to, state }: ReturnAddress, outcome: ConnectOutcome): string {
  const url = new URL(to);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

/** Letter by letter, as RFC 9700 section 4.11 asks: anything looser makes an open redirector. @throws ConnectorError ERR_INPUT_INVALID */
export function checkReturnTo(
  address: ReturnAddress | undefined,
  { allowed, of, hint }: { allowed: readonly string[]; of: string; hint: string },
): void {
  if (address === undefined || allowed.includes(address.to)) return;
  throw new ConnectorError('ERR_INPUT_INVALID', `"return_to" is not a return URL of ${of}`, {
    hint,
    errors: [{ pointer: '/return_to', message: `must be one of the return URLs of ${of}`, allowed }],
  });
}
