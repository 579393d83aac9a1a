import jsonata from 'jsonata';
import { ConnectorError, type Fault } from '../connector/errors.ts';

/** What the expressions of a step may read. */
export interface ExpressionScope {
  trigger?: unknown;
  steps: { [id: string]: { output?: unknown; status: string } };
  run: { id: string; workflow: string };
}

/** `{{ expression }}`, JSONata inside; the text around several of them is kept. */
const EXPRESSION = /\{\{([\s\S]+?)\}\}/g;
const WHOLE = /^\s*\{\{((?:(?!\}\})[\s\S])+)\}\}\s*$/;
/** An expression that loops for ever ends here; evaluation is pure, so a real one takes microseconds. */
const TIMEOUT_MS = 5000;
/** Deep recursion ends before the stack does. */
const MAX_DEPTH = 500;

const parsed = new Map<string, jsonata.Expression>();
/** Workflows repeat the same few expressions for ever; the bound only guards against generated ones. */
const MAX_PARSED = 1000;

/**
 * Every wrong expression in a value, with its JSON pointer, position and what is available.
 * `known` are the step ids an expression here may read.
 */
export function checkExpressions(value: unknown, pointer: string, known: readonly string[]): Fault[] {
  if (typeof value === 'string') {
    return [...value.matchAll(EXPRESSION)].flatMap((match) => {
      try {
        const ast = parse(match[1]!).ast();
        return unknownSteps(ast, known).map((id) => ({
          pointer,
          message: `reads the step "${id}", which does not come before this one`,
          allowed: [...known],
        }));
      } catch (error) {
        const { message = 'cannot be read', position } = error as { message?: string; position?: number };
        const at = position === undefined ? '' : ` at character ${position} of "${match[1]!.trim()}"`;
        return [
          { pointer, message: `is not a JSONata expression: ${message}${at}; available are trigger, steps and run` },
        ];
      }
    });
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => checkExpressions(item, `${pointer}/${i}`, known));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) =>
    checkExpressions(item, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, known),
  );
}

/**
 * The value with every expression replaced: a string that is wholly one expression becomes its value with its type
 * (nothing drops the property), one inside text becomes text.
 * @throws ConnectorError ERR_EXPRESSION naming the pointer and the expression
 */
export async function evaluate(value: unknown, scope: ExpressionScope, pointer = ''): Promise<unknown> {
  if (typeof value === 'string') return evaluateText(value, scope, pointer);
  if (Array.isArray(value)) {
    return Promise.all(value.map(async (item, i) => (await evaluate(item, scope, `${pointer}/${i}`)) ?? null));
  }
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const replaced = await evaluate(item, scope, `${pointer}/${name}`);
    if (replaced !== undefined) result[name] = replaced;
  }
  return result;
}

async function evaluateText(text: string, scope: ExpressionScope, pointer: string): Promise<unknown> {
  const whole = WHOLE.exec(text);
  if (whole !== null) return evaluateOne(whole[1]!, scope, pointer);
  let result = '';
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    const found = await evaluateOne(match[1]!, scope, pointer);
    result +=
      text.slice(end, match.index) +
      (found === undefined ? '' : typeof found === 'string' ? found : JSON.stringify(found));
    end = match.index + match[0].length;
  }
  return end === 0 ? text : result + text.slice(end);
}

async function evaluateOne(source: string, scope: ExpressionScope, pointer: string): Promise<unknown> {
  // The common case, a plain path, needs no interpreter and no copy of a large page.
  const plain = readPath(source, scope);
  if (plain.found) return plain.value;
  try {
    const found = await parse(source).evaluate(scope);
    // JSONata marks the arrays it makes with hidden properties.
    return Array.isArray(found) ? [...found] : found;
  } catch (cause) {
    const { message = 'it failed' } = cause as { message?: string };
    throw new ConnectorError(
      'ERR_EXPRESSION',
      `the expression "${source.trim()}" at ${pointer || '/'} failed: ${message}`,
      {
        hint: `Available are trigger, run and the steps ${Object.keys(scope.steps).join(', ') || '(none yet)'}.`,
        errors: [{ pointer, message }],
        cause,
      },
    );
  }
}

const PLAIN_PATH = /^\s*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*$/;

function readPath(source: string, scope: ExpressionScope): { found: boolean; value?: unknown } {
  if (!PLAIN_PATH.test(source)) return { found: false };
  let value: unknown = scope;
  for (const name of source.trim().split('.')) {
    // JSONata maps a path over an array; leave that to it.
    if (Array.isArray(value)) return { found: false };
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name))
      return { found: true, value: undefined };
    value = (value as Record<string, unknown>)[name];
  }
  return { found: true, value };
}

function parse(source: string): jsonata.Expression {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const expression = jsonata(source, { timeout: TIMEOUT_MS, stack: MAX_DEPTH } as jsonata.JsonataOptions);
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(source, expression);
  return expression;
}

/** Steps named by `steps.x` paths that may not be read here. */
function unknownSteps(node: unknown, known: readonly string[]): string[] {
  if (node === null || typeof node !== 'object') return [];
  const { type, steps } = node as { type?: string; steps?: { type: string; value?: unknown }[] };
  const inner = Object.values(node).flatMap((child) =>
    Array.isArray(child) ? child.flatMap((item) => unknownSteps(item, known)) : unknownSteps(child, known),
  );
  if (
    type === 'path' &&
    steps?.[0]?.value === 'steps' &&
    steps[1]?.type === 'name' &&
    !known.includes(String(steps[1].value))
  ) {
    return [String(steps[1].value), ...inner];
  }
  return inner;
}
