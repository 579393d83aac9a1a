const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** A double keeps this many significant digits of any decimal number. */
const KEPT_DIGITS = 15;

/** Whether a JSON number, as it is written, is kept exactly by a JavaScript number. */
function isExact(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  return digits.length <= KEPT_DIGITS || String(value) === text;
}

/** A typed number: its value, or why it is none. */
export function readNumber(text: string, isInteger: boolean): { value: number } | { problem: string } {
  const typed = text.trim();
  if (!NUMBER.test(typed)) return { problem: `"${typed}" is not a number.` };
  if (!isExact(typed)) return { problem: `"${typed}" has more digits than a number keeps.` };
  const value = Number(typed);
  if (isInteger && !Number.isInteger(value)) return { problem: `"${typed}" is not a whole number.` };
  return { value };
}

/** Parses JSON, and refuses numbers that would lose digits. @throws SyntaxError */
export function parseExact(text: string): unknown {
  const parse = JSON.parse as (
    text: string,
    reviver: (key: string, value: unknown, context?: { source?: string }) => unknown,
  ) => unknown;
  return parse(text, (_key, value, context) => {
    if (typeof value !== 'number' || context?.source === undefined || isExact(context.source)) return value;
    throw new SyntaxError(`the number ${context.source} loses digits here; write it as text, in quotes`);
  });
}
