import { MAX_RETRY_AFTER_MS } from './upstream.ts';

type Headers = Record<string, string | string[] | undefined>;

/** The families of headers that services and gateways use beside `Retry-After`. */
const FAMILIES = ['x-ratelimit', 'x-rate-limit', 'ratelimit'];
/** A larger number is a time since 1970, a smaller one a wait: no service has a limit of three years. */
const LEAST_EPOCH_SECONDS = 100_000_000;
const LEAST_EPOCH_MS = 100_000_000_000;

/**
 * Milliseconds until a limit that is used up is reset, as the headers of an answer say; undefined when none is used up, or nobody
 * says until when. Reads `X-RateLimit-Remaining` and `-Reset` (seconds, or a time since 1970), the same without `X-`, and `RateLimit` as
 * a structured field (draft-ietf-httpapi-ratelimit-headers). Of several, the longest. A time is compared with the `Date` of the answer,
 * so that the clocks need not agree.
 */
export function readRateLimit(headers: Headers, now: number): number | undefined {
  const waits = [
    ...FAMILIES.map((family) => waitOf(headers, family, now)),
    ...structuredWaits(textOf(headers.ratelimit)),
  ];
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.min(Math.max(...known), MAX_RETRY_AFTER_MS);
}

function waitOf(headers: Headers, family: string, now: number): number | undefined {
  if (textOf(headers[`${family}-remaining`]) !== '0') return undefined;
  const reset = numberOf(textOf(headers[`${family}-reset`]));
  if (reset === undefined) return undefined;
  if (reset < LEAST_EPOCH_SECONDS) return reset * 1000;
  const at = reset < LEAST_EPOCH_MS ? reset * 1000 : reset;
  return Math.max(0, at - answeredAt(headers, now));
}

/** When an answer was sent by the clock of its service, epoch ms; `now` where it does not say. */
export function answeredAt({ date }: Headers, now: number): number {
  const answered = Date.parse(textOf(date) ?? '');
  return Number.isNaN(answered) ? now : answered;
}

/** `"burst";r=0;t=5, "daily";r=0;t=3600`, and `limit=10, remaining=0, reset=5` of the earlier drafts. */
function structuredWaits(text: string | undefined): number[] {
  if (text === undefined) return [];
  const parts = /\bremaining=/.test(text) ? [text.replaceAll(',', ';')] : text.split(',');
  return parts.flatMap((part) => {
    const fields = new Map(part.split(';').map((field) => fieldOf(field)));
    const remaining = fields.get('r') ?? fields.get('remaining');
    const seconds = numberOf(fields.get('t') ?? fields.get('reset'));
    return remaining === '0' && seconds !== undefined ? [seconds * 1000] : [];
  });
}

function fieldOf(field: string): [string, string] {
  const [name = '', value = ''] = field.split('=');
  return [name.trim(), value.trim()];
}

function textOf(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.trim();
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
