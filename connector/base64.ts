/** Lines as MIME (RFC 2045) and PEM (RFC 7468) wrap them, and with them the command `base64`. */
const WRAPPED_AT = [64, 76];
/** One character at a time: an expression for the whole text overflows the stack at a few megabytes. */
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/**
 * Whether a text is base64 (RFC 4648, with padding), in one line or in lines of 64 or 76 characters. Line breaks elsewhere
 * are refused: lines of plain text would pass, because `Buffer` skips what is not base64.
 */
export function isBase64(text: string): boolean {
  const digits = unwrapped(text);
  if (digits === undefined || digits.length % 4 !== 0) return false;
  const padding = digits.endsWith('==') ? 2 : digits.endsWith('=') ? 1 : 0;
  return !NOT_BASE64.test(digits.slice(0, digits.length - padding));
}

/** The text in one line; `undefined` when its lines are not those of a wrapped text. */
function unwrapped(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const last = lines.at(-1)?.length ?? 0;
  const width = lines.length > 1 ? lines[0]!.length : last;
  const isWrapped =
    lines.length < 2 || (WRAPPED_AT.includes(width) && lines.slice(0, -1).every((line) => line.length === width));
  return isWrapped && last <= width ? lines.join('') : undefined;
}
