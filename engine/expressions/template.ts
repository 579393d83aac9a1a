/** One expression of a template. */
export interface Occurrence {
  source: string;
  /** JSON pointer of the text that it stands in. */
  pointer: string;
  /** The text is this expression and nothing else: it becomes its value, with its type. */
  isWhole: boolean;
  /** It is inside an array. */
  isInList: boolean;
}

/** `{{ expression }}`, JSONata inside; the text around several of them is kept. */
const EXPRESSION = /\{\{([\s\S]+?)\}\}/g;
const WHOLE = /^\s*\{\{((?:(?!\}\})[\s\S])+)\}\}\s*$/;

/** Every expression inside a value, at any depth, in the order in which `fillTemplate` takes their values. */
export function* occurrencesOf(value: unknown, pointer = '', isInList = false): Generator<Occurrence> {
  if (typeof value === 'string') {
    const isWhole = WHOLE.test(value);
    for (const match of value.matchAll(EXPRESSION)) yield { source: match[1]!, pointer, isWhole, isInList };
  } else if (value !== null && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      yield* occurrencesOf(item, `${pointer}/${escapePointer(name)}`, isInList || Array.isArray(value));
    }
  }
}

/**
 * The value with every expression replaced by the next of `values`: a text that is wholly one expression becomes its value
 * with its type (nothing drops the property, and is null in a list), one inside text becomes text.
 */
export function fillTemplate(value: unknown, values: Iterator<unknown>): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((item) => fillTemplate(item, values) ?? null);
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const replaced = fillTemplate(item, values);
    if (replaced !== undefined) result[name] = replaced;
  }
  return result;
}

/** A property name as a part of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function fillText(text: string, values: Iterator<unknown>): unknown {
  if (WHOLE.test(text)) return values.next().value;
  let result = '';
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    const found = values.next().value;
    const written = found === undefined ? '' : typeof found === 'string' ? found : JSON.stringify(found);
    result += text.slice(end, match.index) + written;
    end = match.index + match[0].length;
  }
  return end === 0 ? text : result + text.slice(end);
}
