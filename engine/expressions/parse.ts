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

/** Deep recursion ends before the stack does. */
const MAX_DEPTH = 500;
/** Characters of the sources that stay compiled; a syntax tree takes some hundred bytes for each. Workflows repeat a few expressions. */
const MAX_KNOWN_CHARACTERS = 32_768;

const known = new Map<string, Compiled>();
let knownCharacters = 0;

/** Reads an expression. It may be slow to read and slow to evaluate: only for a thread that can be stopped. @throws the error of JSONata, with `message` and `position` */
export function compile(source: string): Compiled {
  const found = known.get(source);
  if (found !== undefined) return found;
  const expression = jsonata(source, { stack: MAX_DEPTH } as jsonata.JsonataOptions);
  const ast = expression.ast();
  const compiled: Compiled = {
    reads: readsOf(ast),
    path: plainPath(source),
    isPath: (ast as { type?: string }).type === 'path',
    evaluate: (scope) => expression.evaluate(scope) as Promise<unknown>,
  };
  if (knownCharacters + source.length > MAX_KNOWN_CHARACTERS) {
    known.clear();
    knownCharacters = 0;
  }
  knownCharacters += source.length;
  known.set(source, compiled);
  return compiled;
}
