/**
 * Values of which JSONata's own functions silently make something wrong. Each is refused before the function sees it, with what is
 * allowed.
 */

/** The years 0000 to 9999: a picture writes four digits of a year, and beyond JavaScript's own range it writes "NaN". */
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
/** JSONata reads anything else as another zone, or as none, and writes "NaN". */
const ZONE = /^(?:\+?(?:0\d|1[0-4])[0-5]\d|-(?:0\d|1[0-4])00)$/;
const MINUTE_MS = 60_000;
/** From here on JavaScript writes a number with an exponent, in the middle of which a picture puts its separators. */
const MAX_WRITTEN = 1e21;
/** A picture may ask for thousandths. */
const MAX_FORMATTED = 1e18;
const EXPONENT = /\de\d/;
/** Of both alphabets. */
const BASE64 = /^[\w+/-]*={0,2}$/;
const WHITE_SPACE = /\s+/g;
const MAX_BYTE = 0xff;

type Check = (args: readonly unknown[]) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  now: ([, zone]) => checkZone('now', zone),
  fromMillis([ms, , zone]) {
    checkZone('fromMillis', zone);
    checkTime(ms, zone);
  },
  formatInteger: ([value]) => checkNumber('formatInteger', value, MAX_WRITTEN),
  formatNumber([value, picture]) {
    if (!EXPONENT.test(String(picture))) checkNumber('formatNumber', value, MAX_FORMATTED);
  },
  base64encode([text]) {
    if (typeof text === 'string' && !isOfBytes(text))
      throw refused(
        'base64encode',
        'encodes characters up to U+00FF, each of which is one byte, and the text has others',
      );
  },
  base64decode([text]) {
    if (typeof text === 'string' && !BASE64.test(text.replace(WHITE_SPACE, '')))
      throw refused('base64decode', 'is given a text that is not base64');
  },
};

/** @throws VALUE with what is allowed. `args` are those that the function gets. */
export function refuseValues(name: string, args: readonly unknown[]): void {
  if (Object.hasOwn(CHECKS, name)) CHECKS[name]!(args);
}

/** @throws VALUE for a result that is no number, which a text that does not fit its picture gives */
export function refuseResult(name: string, result: unknown): unknown {
  if (typeof result === 'number' && Number.isNaN(result))
    throw refused(name, 'is given a text that does not fit the picture');
  return result;
}

function isOfBytes(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > MAX_BYTE) return false;
  return true;
}

function checkZone(name: string, zone: unknown): void {
  if (typeof zone !== 'string' || ZONE.test(zone)) return;
  throw refused(name, 'takes a time zone as an offset such as "+0100" or "-0500"; west of UTC, it must be whole hours');
}

function checkTime(ms: unknown, zone: unknown): void {
  if (typeof ms !== 'number') return;
  const offset = typeof zone === 'string' ? Math.trunc(Number(zone) / 100) * 60 + (Number(zone) % 100) : 0;
  const local = ms + offset * MINUTE_MS;
  if (local >= FIRST_MS && local <= LAST_MS) return;
  throw refused('fromMillis', 'takes milliseconds since 1970, in the years 0000 to 9999; is the time in microseconds?');
}

function checkNumber(name: string, value: unknown, max: number): void {
  if (typeof value === 'number' && Math.abs(value) >= max)
    throw refused(name, `takes numbers below ${max.toExponential().replace('+', '')}; $string(...) writes larger ones`);
}

function refused(name: string, why: string): { code: string; message: string } {
  return { code: 'VALUE', message: `$${name} ${why}` };
}
