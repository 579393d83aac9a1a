/** What a reviver gets as its third argument, and the counterpart for writing; both are newer than the types. */
type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;
interface NewerJson {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON?(text: string): unknown;
}

/**
 * Reads a JSON text so that `JSON.stringify` writes each number with all of its digits: 64-bit ids do not fit a number of
 * JavaScript. For values that are written again, and not looked at. @throws SyntaxError, also for a number that this browser would
 * round
 */
export function parseExactly(text: string): unknown {
  const json = JSON as unknown as NewerJson;
  return json.parse(text, (_key, value, context) => {
    if (typeof value !== 'number') return value;
    const source = context?.source;
    if (source === String(value)) return value;
    if (source !== undefined && json.rawJSON !== undefined) return json.rawJSON(source);
    if (Number.isSafeInteger(value)) return value;
    throw new SyntaxError(
      `this browser would round the number ${source ?? value}; write it as a text, or use a newer browser`,
    );
  });
}

/** Reads a JSON text to be shown: a number that JavaScript would round is the text of its digits. @throws SyntaxError */
export function parseToShow(text: string): unknown {
  return (JSON as unknown as NewerJson).parse(text, (_key, value, context) => {
    const isRounded = typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value);
    return isRounded ? (context?.source ?? value) : value;
  });
}
