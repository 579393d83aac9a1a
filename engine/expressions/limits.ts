const MEBI = 1024 * 1024;

/** Characters of a text that a function is given. A built-in function cannot be stopped: what it makes of its text must be bounded. */
const MAX_TEXT = 32 * MEBI;
/** Of one that a function takes apart into its characters, each of which takes eight bytes. */
const MAX_TAKEN_APART = 8 * MEBI;
/** Of a picture of a number or a time. */
const MAX_PICTURE = 1000;
/** Numbers of a range, and parts of a text. */
export const MAX_ITEMS = 1_000_000;

const TAKE_APART: ReadonlySet<string> = new Set([
  'length',
  'substring',
  'pad',
  'encodeUrl',
  'encodeUrlComponent',
  'trim',
]);
const PICTURES: ReadonlySet<string> = new Set([
  'formatNumber',
  'formatInteger',
  'formatBase',
  'parseInteger',
  'fromMillis',
  'toMillis',
  'now',
]);

/** @throws LIMIT when a function would be given a text that is too long, or asked for one */
export function checkSizes(name: string, args: readonly unknown[]): void {
  const max = TAKE_APART.has(name) ? MAX_TAKEN_APART : MAX_TEXT;
  for (const [i, arg] of args.entries()) {
    const isPicture = PICTURES.has(name) && (i > 0 || name === 'now');
    if (typeof arg === 'string') checkLength(`$${name}`, arg.length, isPicture ? MAX_PICTURE : max);
  }
  if (name === 'pad' && typeof args[1] === 'number') checkLength('$pad', Math.abs(args[1]), max);
  if (name === 'join' && Array.isArray(args[0])) {
    const between = typeof args[1] === 'string' ? args[1].length : 0;
    let length = 0;
    for (const item of args[0]) length += (typeof item === 'string' ? item.length : 0) + between;
    checkLength('$join', length, MAX_TEXT);
  }
  if (name === 'string' && args[0] !== null && typeof args[0] === 'object')
    checkLength('$string', weigh(args[0]), MAX_TEXT);
}

/** @throws LIMIT */
export function checkLength(what: string, length: number, max: number = MAX_TEXT): void {
  if (length <= max) return;
  const shown = max < MEBI ? String(max) : `${max / MEBI} Mi`;
  throw { code: 'LIMIT', message: `${what} is over its limit: a text may have ${shown} characters here` };
}

/** @throws LIMIT */
export function checkItems(what: string, count: number): void {
  if (count > MAX_ITEMS)
    throw { code: 'LIMIT', message: `${what} is over its limit: a list may have ${MAX_ITEMS} items here` };
}

/** About the characters of its JSON; it stops where there are too many. */
function weigh(value: unknown, sum = { length: 0 }): number {
  sum.length += typeof value === 'string' ? value.length + 2 : 2;
  if (sum.length > MAX_TEXT || value === null || typeof value !== 'object') return sum.length;
  for (const [name, item] of Object.entries(value)) {
    sum.length += Array.isArray(value) ? 0 : name.length;
    if (weigh(item, sum) > MAX_TEXT) break;
  }
  return sum.length;
}
