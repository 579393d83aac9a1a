import type { Expr, Item } from './ast.ts';
import type { Parser } from './parser.ts';

/** Words that begin a clause, so that none is an alias without AS. */
export const CLAUSES = new Set(
  'FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT MINUS QUALIFY WINDOW LATERAL SORT DISTRIBUTE CLUSTER ON USING JOIN INNER LEFT RIGHT FULL CROSS NATURAL SEMI ANTI TABLESAMPLE PIVOT UNPIVOT VERSION TIMESTAMP FOR SET WHEN THEN RETURNING ASOF POSITIONAL WITH'.split(
    ' ',
  ),
);

/** An expression, maybe with an alias or several. */
export function item(parser: Parser): Item {
  const { reader } = parser;
  const e = parser.expression();
  if (reader.eat('AS')) return { e, aliases: parser.symbol('(') ? names(parser) : [reader.readWord()] };
  const next = reader.peek();
  if (next?.kind === 'name' || (next?.kind === 'word' && !CLAUSES.has(next.value)))
    return { e, aliases: [reader.readWord()] };
  return { e, aliases: [] };
}

/** What follows VALUES. */
export function rows(parser: Parser): Expr[][] {
  const found: Expr[][] = [];
  do {
    const e = parser.expression();
    found.push(e.k === 'tuple' ? e.items : [e]);
  } while (parser.reader.eatSymbol(','));
  return found;
}

/** The expressions of a row in brackets, or the one that stands alone. */
export const tuple = (e: Expr): Expr[] => (e.k === 'tuple' ? e.items : [e]);

/** Names in brackets. */
export function names(parser: Parser): string[] {
  parser.expectSymbol('(');
  const found: string[] = [];
  do {
    found.push(parser.reader.readWord());
    // (a COMMENT 'x') as in views
    if (parser.reader.eat('COMMENT')) parser.reader.readText();
  } while (parser.reader.eatSymbol(','));
  parser.expectSymbol(')');
  return found;
}
