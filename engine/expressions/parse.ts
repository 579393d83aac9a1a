/*
 * The expressions floor: expressions as pure functions, from text to value. It imports nothing of Node, so that a
 * browser evaluates them too, and knows nothing that is stored.
 */

import jsonata from 'jsonata';
import { bindEval } from './eval.ts';
import { bindFunctions } from './functions.ts';
import type { NativeFunction } from './native-function.ts';
import { plainPath } from './plain-path.ts';
import { type Reads, readsOf } from './reads.ts';
import { bindOperators, rewrite } from './rewrite.ts';
import type { ExpressionScope } from './scope.ts';
import { type Unknown, unknownNames } from './standard-functions.ts';

/** What is known of an expression without a scope. */
export interface ParsedExpression {
  reads: Reads;
  /** Its names when it is a plain path: it needs no interpreter then, and no copy. */
  path: string[] | undefined;
  /** It is a path, whatever is in it: names, filters, indexes. */
  isPath: boolean;
  /** What it calls and reads and nothing defines. */
  unknown?: Unknown;
}

/** An expression, ready to be evaluated as often as one likes. */
export interface Compiled extends ParsedExpression {
  evaluate(scope: ExpressionScope): Promise<unknown>;
}

/** Deep recursion ends before the stack does. */
const MAX_DEPTH = 500;
/**
 * Characters of the sources that stay compiled; a syntax tree takes some hundred bytes for each. Workflows repeat a few
 * expressions. Not the cache of connector/bounded-cache.ts, since this file runs in browsers and in every thread, without other libraries.
 */
const MAX_KNOWN_CHARACTERS = 32_768;

/** Functions of JSONata that a SQL number may be given to. */
const FUNCTIONS =
  'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match contains replace ' +
  'split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power lookup type sort fromMillis toMillis now ' +
  'base64encode base64decode keys each sift merge clone distinct encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl';
const natives = new Map<string, NativeFunction>();
for (const name of FUNCTIONS.split(' ')) natives.set(name, await jsonata(`$${name}`).evaluate({}));

const known = new Map<string, Compiled>();
let knownCharacters = 0;

function read(source: string): jsonata.Expression {
  return jsonata(source, { stack: MAX_DEPTH } as jsonata.JsonataOptions);
}

/** Of a text that an expression evaluates. @throws as `compile` */
function syntaxTree(source: string): unknown {
  const ast = read(source).ast();
  rewrite(ast, source);
  return ast;
}

/**
 * Reads an expression. It may be slow to read and slow to evaluate: only for a thread that can be stopped. @throws the
 * error of JSONata, with `message` and `position`
 */
export function compile(source: string): Compiled {
  const found = known.get(source);
  if (found !== undefined) return found;
  const expression = read(source);
  const ast = expression.ast();
  const reads = readsOf(ast);
  const unknown = unknownNames(ast);
  rewrite(ast, source);
  bindOperators(expression);
  bindFunctions(expression, natives);
  bindEval(expression, syntaxTree);
  const compiled: Compiled = {
    reads,
    unknown,
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
