import { ConnectorError } from '../../../connector/errors.ts';

/** Where the browser of an end user goes when a connect link is done with, and what comes back with it. */
export interface ReturnAddress {
  to: string;
  /** The caller's own, returned as it was given. */
  state?: string;
}

/** What came of a connect link. */
export type ConnectOutcome =
  | { status: 'connected'; account: string; authentication: string }
  | { status: 'refused'; account: string; error: string }
  | { status: 'canceled'; account: string };

/** The address with what came of the link as query parameters; a parameter of the same name that was there is replaced. */
export function returnUrl({ to, state }: ReturnAddress, outcome: ConnectOutcome): string {
  const url = new URL(to);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

/** Letter by letter, as RFC 9700 section 4.11 asks: anything looser makes an open redirector. @throws ConnectorError ERR_INPUT_INVALID */
export function checkReturnTo(
  returnTo: string | undefined,
  { allowed, of, hint }: { allowed: readonly string[]; of: string; hint: string },
): void {
  if (returnTo === undefined || allowed.includes(returnTo)) return;
  throw new ConnectorError('ERR_INPUT_INVALID', `"return_to" is not a return URL of ${of}`, {
    hint,
    errors: [{ pointer: '/return_to', message: `must be one of the return URLs of ${of}`, allowed }],
  });
}
