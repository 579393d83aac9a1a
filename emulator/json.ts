const raw = JSON as typeof JSON & { rawJSON(text: string): unknown };

/**
 * Parses JSON and keeps integers beyond 2^53 exact, as bigint; every other number stays a number.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, exactInteger as (key: string, value: unknown) => unknown);
}

/** Writes JSON with bigints as plain integers, so that 64-bit ids reach the wire exact; undefined fields are left out. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? raw.rawJSON(item.toString()) : item));
}

/** Tells whether a parsed JSON value is an object, neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function exactInteger(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
}
