import { ConnectorError, type Fault } from '../../connector/errors.ts';

const SHOWN = '[secret]';
/** Shorter values are no secrets, and taking them out would garble every text. */
const MIN_LENGTH = 6;

/** The text without these secrets: a service that repeats what it was sent must not carry them into a log or a record. */
export function scrub(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets.reduce<string>((result, secret) => {
    if (secret === undefined || secret.length < MIN_LENGTH) return result;
    // As it is, as a form carries it, and as JSON writes it.
    return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].reduce(
      (left, form) => left.replaceAll(form, SHOWN),
      result,
    );
  }, text);
}

/** The error without these secrets; the same object when it holds none. Its cause is dropped with the text, since it repeats it. */
export function scrubError(error: ConnectorError, secrets: readonly (string | undefined)[]): ConnectorError {
  const { message, hint, upstream, errors } = error;
  const text = JSON.stringify([message, hint, upstream, errors]);
  if (scrub(text, secrets) === text) return error;
  const clean = <T>(value: T): T =>
    value === undefined ? value : (JSON.parse(scrub(JSON.stringify(value), secrets)) as T);
  return new ConnectorError(error.code, scrub(message, secrets), {
    kind: error.kind,
    hint: clean(hint),
    upstream: clean(upstream),
    errors: clean<Fault[] | undefined>(errors),
    retryAfterMs: error.retryAfterMs,
    sent: error.sent,
  });
}
