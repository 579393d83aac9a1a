import { stringifyJson } from '../../connector/json.ts';
import { escapePart } from '../../connector/json-pointer.ts';
import { type Part, partsOf } from './scan.ts';

/** One expression of a template. */
export interface Occurrence {
  source: string;
  /** JSON pointer of the text that it is in. */
  pointer: string;
  /** The text is this expression and nothing else: it becomes its value, with its type. */
  isWhole: boolean;
  /** It is inside an array. */
  isInList: boolean;
  /** Nothing ends it: it is no expression. */
  isUnclosed: boolean;
}

/** Why an occurrence that nothing ends cannot be read. */
export const UNCLOSED = {
  code: 'UNCLOSED',
  message: 'nothing ends it: write }} after the expression, or \\{{ for braces that are none (in JSON "\\\\{{")',
};

/** Every expression inside a value, at any depth, in the order in which `fillTemplate` takes their values. */
export function* occurrencesOf(value: unknown, pointer = '', isInList = false): Generator<Occurrence> {
  if (typeof value === 'string') {
    const parts = partsOfTemplate(value);
    const isWhole = wholeOf(parts) !== undefined;
    for (const part of parts) {
      if ('source' in part) yield { source: part.source, pointer, isWhole, isInList, isUnclosed: false };
      if ('unclosed' in part) yield { source: part.unclosed, pointer, isWhole: false, isInList, isUnclosed: true };
    }
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield* occurrencesOf(value[i], `${pointer}/${i}`, true);
  } else if (value !== null && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      // The pointer of the filled value: by it, what is secret there is sealed.
      yield* occurrencesOf(item, `${pointer}/${escapePart(nameOf(name))}`, isInList);
    }
  }
}

/** Pointers of properties whose names have `{{`: names are written out, with `\{{` for braces. */
export function* namesWithExpressions(value: unknown, pointer = ''): Generator<string> {
  if (value === null || typeof value !== 'object') return;
  for (const [name, item] of Object.entries(value)) {
    const at = `${pointer}/${escapePart(name)}`;
    if (partsOfTemplate(name).some((part) => !('text' in part))) yield at;
    yield* namesWithExpressions(item, at);
  }
}

/** Whether a text is one expression and nothing else. */
export function isWholeExpression(text: string): boolean {
  return wholeOf(partsOfTemplate(text)) !== undefined;
}

/**
 * The value with every expression replaced by the next of `values`: a text that is wholly one expression becomes its value
 * with its type (nothing drops the property, and is null in a list), one inside text becomes text.
 */
export function fillTemplate(value: unknown, values: Iterator<unknown>): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((item) => fillTemplate(item, values) ?? null);
  if (value === null || typeof value !== 'object') return value;
  const filled = Object.entries(value).map(([name, item]) => [nameOf(name), fillTemplate(item, values)] as const);
  return Object.fromEntries(filled.filter(([, item]) => item !== undefined));
}

/** As it is written, with `\{{` as `{{`. */
function nameOf(name: string): string {
  if (!name.includes('{{')) return name;
  const parts = partsOfTemplate(name);
  return parts.every((part) => 'text' in part) ? parts.map((part) => (part as { text: string }).text).join('') : name;
}

function fillText(text: string, values: Iterator<unknown>): unknown {
  const parts = partsOfTemplate(text);
  if (wholeOf(parts) !== undefined) return values.next().value;
  return parts.map((part) => ('text' in part ? part.text : textOf(values.next().value))).join('');
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : stringifyJson(value);
}

/** Most texts have no braces at all. */
function partsOfTemplate(text: string): Part[] {
  return text.includes('{{') ? partsOf(text) : [{ text }];
}

function wholeOf(parts: Part[]): string | undefined {
  let whole: string | undefined;
  for (const part of parts) {
    if ('unclosed' in part || ('source' in part && whole !== undefined)) return undefined;
    if ('text' in part && part.text.trim() !== '') return undefined;
    if ('source' in part) whole = part.source;
  }
  return whole;
}
