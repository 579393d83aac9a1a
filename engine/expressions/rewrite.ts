import { CONVERSIONS, exactLiteral, OPERATORS } from './operators.ts';

interface Node {
  type?: string;
  value?: unknown;
  position?: number;
  [key: string]: unknown;
}

/** An expression of JSONata, as far as functions can be given to it. */
export interface Bind {
  assign(name: string, value: unknown): void;
}

/** Begins the names of our functions: no expression can write it. */
const OURS = '\u0000';
/** As JSONata's tokenizer reads it, at the end of what comes before a position. */
const NUMBER_BEFORE = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const MAX_NUMBER_LENGTH = 100;
/** Filters whose value is true or false, whatever it is made of. */
const TRUTHS: ReadonlySet<unknown> = new Set(['=', '!=', '<', '<=', '>', '>=', 'in', 'and', 'or']);

/** Gives an expression the functions that `rewrite` calls. */
export function bindOperators(expression: Bind): void {
  for (const [sign, implementation] of Object.entries(OPERATORS)) {
    expression.assign(OURS + sign, { _jsonata_function: true, implementation });
  }
  for (const [name, implementation] of Object.entries(CONVERSIONS)) {
    expression.assign(OURS + name, { _jsonata_function: true, implementation });
  }
}

/** Lets the operators of a syntax tree know SQL numbers: each becomes a call of ours. Changes the tree, once. */
export function rewrite(ast: unknown, source: string): void {
  visit(ast, source, new Set());
}

function visit(node: unknown, source: string, seen: Set<unknown>): void {
  if (node === null || typeof node !== 'object' || seen.has(node)) return;
  seen.add(node);
  for (const child of Object.values(node)) visit(child, source, seen);
  if (!Array.isArray(node)) change(node as Node, source);
}

function change(node: Node, source: string): void {
  // Before anything else: what was made a call below would not be seen any more.
  if (node.type === 'apply' && isOurs(node.rhs)) node.rhs = { type: 'block', expressions: [node.rhs] };
  for (const filter of [node.predicate, node.stages].flat() as (Node | undefined)[]) {
    if (filter?.type === 'filter' && !isTruth(filter.expr as Node)) filter.expr = call('number', [filter.expr], filter);
  }
  if (node.group !== undefined) changeKeys(node.group as Node);
  if (node.type === 'number') changeNumber(node, source);
  if (node.type === 'partial') changePartial(node);
  if (node.type === 'sort') {
    for (const term of node.terms as Node[]) term.expression = call('order', [term.expression], term);
  }
  if (node.type === 'unary' && node.value === '{') changeKeys(node);
  if (node.type === 'unary' && node.value === '-') node.expression = call('number', [node.expression], node);
  if (node.type !== 'binary') return;
  const sign = String(node.value);
  if (sign === '&' || sign === '..') {
    const { lhs, rhs } = node;
    node.lhs = sign === '&' ? call('text', [lhs], node) : call('range', [lhs, rhs], node);
    node.rhs = call(sign === '&' ? 'text' : 'number', [rhs], node);
  } else if (Object.hasOwn(OPERATORS, sign)) {
    const { lhs, rhs } = node;
    delete node.lhs;
    delete node.rhs;
    Object.assign(node, call(sign, [lhs, rhs], node));
  }
}

function changeKeys({ lhs, position }: Node): void {
  for (const pair of lhs as unknown[][]) pair[0] = call('text', [pair[0]], { position: position ?? 0 });
}

/** `$f(?, 1)` becomes `function($a) { $f($a, 1) }`: JSONata gives the values to the function as they are, past its signature. */
function changePartial(node: Node): void {
  const { procedure, position } = node;
  const parameters: Node[] = [];
  const given = (node.arguments as Node[]).map((argument) => {
    if (argument.type !== 'operator' || argument.value !== '?') return argument;
    const parameter = { type: 'variable', value: `${OURS}open ${parameters.length}`, position: position ?? 0 };
    parameters.push(parameter);
    return parameter;
  });
  const body = { type: 'function', value: '(', position: position ?? 0, procedure, arguments: given };
  for (const name of Object.keys(node)) if (name !== 'position') delete node[name];
  Object.assign(node, { type: 'lambda', arguments: parameters, body });
}

function changeNumber(node: Node, source: string): void {
  const before = source.slice(Math.max(0, node.position! - MAX_NUMBER_LENGTH), node.position);
  const written = NUMBER_BEFORE.exec(before)?.[0];
  if (written === undefined) return;
  const exact = exactLiteral((node.value as number) < 0 ? `-${written}` : written);
  if (exact !== undefined) Object.assign(node, { type: 'value', value: exact });
}

function call(name: string, values: unknown[], { position }: Node): Node {
  const procedure = { type: 'variable', value: OURS + name, position };
  return { type: 'function', value: '(', position: position ?? 0, procedure, arguments: values };
}

function isOurs(node: unknown): boolean {
  const { type, procedure } = (node ?? {}) as { type?: string; procedure?: Node };
  return type === 'function' && String(procedure?.value).startsWith(OURS);
}

function isTruth(node: Node): boolean {
  const sign = String((node.procedure as Node | undefined)?.value ?? '').slice(OURS.length);
  return node.type === 'number' || TRUTHS.has(node.type === 'binary' ? node.value : sign);
}
