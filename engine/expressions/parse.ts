import jsonata from 'jsonata';
import { plainPath } from './plain-path.ts';
import { type Reads, readsOf } from './reads.ts';
import type { ExpressionScope } from './scope.ts';

/** What is known of an expression without a scope. */
export interface ParsedExpression {
  reads: Reads;
  /** Its names when it is a plain path: it needs no interpreter then, and no copy. */
  path: string[] | undefined;
  /** It is a path, whatever is in it: names, filters, indexes. */
  isPath: boolean;
}

/** An expression, ready to be evaluated as often as one likes. */
export interface Compiled extends ParsedExpression {
  evaluate(scope: ExpressionScope): Promise<unknown>;
}

/** An expression that loops forever ends here; evaluation is pure, so a real one takes microseconds. */
const TIMEOUT_MS = 5000;
/** Deep recursion ends before the stack does. */
const MAX_DEPTH = 500;
/** Workflows repeat the same few expressions; the bound only guards against generated ones. */
const MAX_KNOWN = 1000;

const known = new Map<string, Compiled>();

/** Reads an expression. @throws the error of JSONata, with `message` and `position` */
export function compile(source: string): Compiled {
  const found = known.get(source);
  if (found !== undefined) return found;
  const expression = jsonata(source, { timeout: TIMEOUT_MS, stack: MAX_DEPTH } as jsonata.JsonataOptions);
  const ast = expression.ast();
  const compiled: Compiled = {
    reads: readsOf(ast),
    path: plainPath(source),
    isPath: (ast as { type?: string }).type === 'path',
    evaluate: (scope) => expression.evaluate(scope) as Promise<unknown>,
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(source, compiled);
  return compiled;
}
