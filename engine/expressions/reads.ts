/** What an expression reads of its scope. */
export interface Reads {
  /** Paths that begin at the top, as far as their names are written out, four at most: `steps`, `a`, `output`, `rows`. */
  roots: string[][];
  /** The whole scope as one value (`$$`, `$` or a wildcard at the top, `%`): nothing can be said of it. */
  isWhole: boolean;
  /** Plain paths that are read by nothing but `$count(path)`: their values need not be there, only their number. */
  counts: string[][];
}

/** A node of JSONata's syntax tree; only what is used here. */
interface Node {
  type?: string;
  value?: unknown;
  steps?: Node[];
  stages?: unknown[];
  predicate?: unknown[];
  [key: string]: unknown;
}

/** Parts of a node whose names are looked up in something else than the scope: inside filters, after a dot, in a transform. */
const ELSEWHERE = new Set(['stages', 'predicate', 'group', 'pattern', 'update', 'delete', 'terms']);
export const MAX_READ_NAMES = 4;
/** At the top: every part of the scope. */
const WILDCARDS: ReadonlySet<unknown> = new Set(['wildcard', 'descendant']);

/** Reads of a syntax tree. A name inside a filter or after a dot belongs to what is before it, and is no read. */
export function readsOf(ast: unknown): Reads {
  const reads: Reads = { roots: [], isWhole: false, counts: [] };
  visit(ast, true, reads);
  // `$count` may be a function of the expression's own, which sees the values.
  return definesCount(ast) ? readAll(reads) : reads;
}

function readAll({ roots, isWhole, counts }: Reads): Reads {
  return { roots: [...roots, ...counts.map((names) => names.slice(0, MAX_READ_NAMES))], isWhole, counts: [] };
}

/** Whether a variable or parameter named `count` is made anywhere in the expression. */
function definesCount(node: unknown): boolean {
  if (node === null || typeof node !== 'object') return false;
  const { type, lhs, arguments: given } = node as Node & { lhs?: Node; arguments?: Node[] };
  const made = type === 'bind' ? [lhs] : type === 'lambda' ? (given ?? []) : [];
  return made.some((name) => name?.value === 'count') || Object.values(node).some(definesCount);
}

/** The names of a plain path that is the only argument of `$count`. */
function countedPath(node: Node): string[] | undefined {
  const { type, procedure, arguments: given } = node as Node & { procedure?: Node; arguments?: Node[] };
  if (type !== 'function' || procedure?.type !== 'variable' || procedure.value !== 'count') return undefined;
  const [argument] = given ?? [];
  if (given?.length !== 1 || argument?.type !== 'path' || argument.steps === undefined) return undefined;
  const isPlain = argument.steps.every(
    (step) =>
      step.type === 'name' && step.stages === undefined && step.predicate === undefined && !step.focus && !step.index,
  );
  return isPlain && argument.group === undefined ? argument.steps.map(({ value }) => String(value)) : undefined;
}

function visit(node: unknown, isTop: boolean, reads: Reads): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, isTop, reads);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const { type, value, steps } = node as Node;
  const counted = isTop ? countedPath(node as Node) : undefined;
  if (counted !== undefined) {
    reads.counts.push(counted);
    return;
  }
  if (type === 'path' && steps !== undefined) {
    visitPath(steps, isTop, reads);
    visitParts(node as Node, { isTop: false, reads, without: 'steps' });
    return;
  }
  // What is above a value (`%`) may be anything that its path leads through; what `$eval` reads is in a text.
  const isEval = type === 'variable' && value === 'eval';
  if (isScope(node as Node, isTop) || isEval || (isTop && WILDCARDS.has(type)) || type === 'parent')
    reads.isWhole = true;
  visitParts(node as Node, { isTop, reads });
}

function visitPath(steps: Node[], isTop: boolean, reads: Reads): void {
  const [first, ...others] = steps;
  if (first === undefined) return;
  if (isScope(first, isTop) && isBare(first) && others.length > 0) {
    // `$$.trigger`: as if it were written without.
    visitPath(others, true, reads);
    return;
  }
  if (first.type === 'name' && isTop) {
    reads.roots.push(leadingNames(steps));
    visitParts(first, { isTop: false, reads });
  } else visit(first, isTop, reads);
  for (const step of others) visit(step, false, reads);
}

/** `$$` is the scope wherever it stands, `$` only at the top. */
function isScope({ type, value }: Node, isTop: boolean): boolean {
  return type === 'variable' && (value === '$' || (value === '' && isTop));
}

/** Nothing is done with it but to follow the next name. */
function isBare({ stages, predicate, group, focus, index }: Node): boolean {
  return [stages, predicate, group, focus, index].every((part) => part === undefined);
}

/** `steps["a"]` is a filter, not a name: what is after one cannot be known. */
function leadingNames(steps: Node[]): string[] {
  const names: string[] = [];
  for (const step of steps.slice(0, MAX_READ_NAMES)) {
    if (step.type !== 'name') break;
    names.push(String(step.value));
    if (step.stages !== undefined || step.predicate !== undefined) break;
  }
  return names;
}

function visitParts(node: Node, how: { isTop: boolean; reads: Reads; without?: string }): void {
  for (const [key, child] of Object.entries(node)) {
    if (key === how.without || child === null || typeof child !== 'object') continue;
    visit(child, how.isTop && !ELSEWHERE.has(key), how.reads);
  }
}
