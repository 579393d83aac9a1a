import type { From } from './ast.ts';
import { CLAUSES, names } from './parse-item.ts';
import type { Parser } from './parser.ts';

/** A relation that may have an alias. */
export type Aliased = Exclude<From, { k: 'join' } | { k: 'sample' }>;

/** Reads an alias, maybe with names of columns. */
export function aliased(parser: Parser, made: Aliased): void {
  const { reader } = parser;
  const as = reader.eat('AS');
  const next = reader.peek();
  if (as || next?.kind === 'name' || (next?.kind === 'word' && !CLAUSES.has(next.value))) {
    made.alias = reader.readWord();
    if (parser.symbol('(')) made.columns = names(parser);
  }
}
