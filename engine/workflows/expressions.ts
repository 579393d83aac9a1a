import jsonata from 'jsonata';
import { ConnectorError } from '../../connector/errors.ts';
import { plainPath, type Reads, readsOf } from './expression-reads.ts';

/** What expressions may read. */
export interface ExpressionScope {
  trigger?: unknown;
  steps: { [id: string]: unknown };
  variables?: unknown;
  run?: unknown;
  item?: unknown;
  index?: number;
}

/** An expression, read once. */
export interface Parsed {
  reads: Reads;
  /** Its names when it is a plain path: it needs no interpreter then, and no copy. */
  path: string[] | undefined;
  /** It is a path, whatever is in it: names, filters, indexes. */
  isPath: boolean;
  evaluate(scope: ExpressionScope): Promise<unknown>;
}

/** Says whether the value at a plain path, which would stand at a pointer, is left out for the caller to fill in. */
export type Leave = (path: string[], pointer: string) => boolean;

/** `{{ expression }}`, JSONata inside; the text around several of them is kept. */
const EXPRESSION = /\{\{([\s\S]+?)\}\}/g;
const WHOLE = /^\s*\{\{((?:(?!\}\})[\s\S])+)\}\}\s*$/;
/** An expression that loops for ever ends here; evaluation is pure, so a real one takes microseconds. */
const TIMEOUT_MS = 5000;
/** Deep recursion ends before the stack does. */
const MAX_DEPTH = 500;

const known = new Map<string, Parsed>();
/** Workflows repeat the same few expressions for ever; the bound only guards against generated ones. */
const MAX_KNOWN = 1000;

/** Every expression inside a value, at any depth; `isWhole`: it is all there is at its place in an object. */
export function* expressionsOf(value: unknown, isInList = false): Generator<{ source: string; isWhole: boolean }> {
  if (typeof value === 'string') {
    const isWhole = !isInList && WHOLE.test(value);
    for (const match of value.matchAll(EXPRESSION)) yield { source: match[1]!, isWhole };
  } else if (value !== null && typeof value === 'object') {
    for (const item of Object.values(value)) yield* expressionsOf(item, isInList || Array.isArray(value));
  }
}

/** Reads an expression. @throws the error of JSONata, with `message` and `position` */
export function parseExpression(source: string): Parsed {
  const found = known.get(source);
  if (found !== undefined) return found;
  const expression = jsonata(source, { timeout: TIMEOUT_MS, stack: MAX_DEPTH } as jsonata.JsonataOptions);
  const ast = expression.ast();
  const parsed: Parsed = {
    reads: readsOf(ast),
    path: plainPath(ast),
    isPath: (ast as { type?: string }).type === 'path',
    evaluate: (scope) => expression.evaluate(scope) as Promise<unknown>,
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(source, parsed);
  return parsed;
}

/**
 * The value with every expression replaced: a string that is wholly one expression becomes its value with its type
 * (nothing drops the property), one inside text becomes text.
 * @throws ConnectorError ERR_EXPRESSION naming the pointer and the expression
 */
export async function evaluate(
  value: unknown,
  scope: ExpressionScope,
  pointer = '',
  leave: Leave = () => false,
): Promise<unknown> {
  if (typeof value === 'string') return evaluateText(value, scope, pointer, leave);
  if (Array.isArray(value)) {
    return Promise.all(value.map(async (item, i) => (await evaluate(item, scope, `${pointer}/${i}`)) ?? null));
  }
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const replaced = await evaluate(item, scope, `${pointer}/${escapePointer(name)}`, leave);
    if (replaced !== undefined) result[name] = replaced;
  }
  return result;
}

/** A property name as a part of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

async function evaluateText(text: string, scope: ExpressionScope, pointer: string, leave: Leave): Promise<unknown> {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return evaluateOne(whole, scope, pointer, leave);
  let result = '';
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    const found = await evaluateOne(match[1]!, scope, pointer);
    const written = found === undefined ? '' : typeof found === 'string' ? found : JSON.stringify(found);
    result += text.slice(end, match.index) + written;
    end = match.index + match[0].length;
  }
  return end === 0 ? text : result + text.slice(end);
}

async function evaluateOne(source: string, scope: ExpressionScope, pointer: string, leave?: Leave): Promise<unknown> {
  try {
    const parsed = parseExpression(source);
    if (parsed.path !== undefined) {
      if (leave?.(parsed.path, pointer) === true) return undefined;
      const plain = readNames(parsed.path, scope);
      if (plain.found) return plain.value;
    }
    const found = await parsed.evaluate(scope);
    // JSONata marks the arrays it makes with hidden properties.
    return Array.isArray(found) ? [...found] : found;
  } catch (cause) {
    const { message = 'it failed' } = cause as { message?: string };
    const steps = Object.keys(scope.steps).join(', ') || '(none yet)';
    throw new ConnectorError(
      'ERR_EXPRESSION',
      `the expression "${source.trim()}" at ${pointer || '/'} failed: ${message}`,
      {
        hint: `Available are trigger, variables, run and the steps ${steps}.`,
        errors: [{ pointer, message }],
        cause,
      },
    );
  }
}

/** The value at plain names; not found where an array is on the way, over which JSONata maps a path. */
export function readNames(names: readonly string[], value: unknown): { found: boolean; value?: unknown } {
  let current = value;
  for (const name of names) {
    if (Array.isArray(current)) return { found: false };
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, name)) return { found: true };
    current = (current as Record<string, unknown>)[name];
  }
  return { found: true, value: current };
}
