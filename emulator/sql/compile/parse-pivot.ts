import type { Expr, From } from './ast.ts';
import { type Aliased, aliased } from './parse-alias.ts';
import { item, names, tuple } from './parse-item.ts';
import type { Parser } from './parser.ts';

/** PIVOT (sum(v) AS s FOR (a, b) IN ((1, 2) AS x)), UNPIVOT (v FOR n IN (a AS x, b)) */
export function pivoted(parser: Parser, from: From): From {
  const { reader } = parser;
  const at = reader.peek()?.start ?? 0;
  let made: Aliased;
  if (reader.eat('PIVOT')) {
    parser.expectSymbol('(');
    const aggregates = [item(parser)];
    while (reader.eatSymbol(',')) aggregates.push(item(parser));
    reader.expect('FOR');
    const on = tuple(parser.primary());
    reader.expect('IN');
    if (parser.symbol('(') && parser.isQuery()) throw parser.refuse('PIVOT by a query', at);
    made = { k: 'pivot', from, aggregates, on, values: pivotSets(parser), columns: [], at };
    parser.expectSymbol(')');
  } else if (reader.eat('UNPIVOT')) {
    const includeNulls = reader.eat('INCLUDE', 'NULLS');
    if (!includeNulls) reader.eat('EXCLUDE', 'NULLS');
    parser.expectSymbol('(');
    const values = parser.symbol('(') ? names(parser) : [reader.readWord()];
    reader.expect('FOR');
    const name = reader.readWord();
    reader.expect('IN');
    made = { k: 'unpivot', from, includeNulls, name, values, sets: pivotSets(parser), columns: [], at };
    parser.expectSymbol(')');
  } else return from;
  aliased(parser, made);
  return pivoted(parser, made);
}

function pivotSets(parser: Parser): { items: Expr[]; alias?: string }[] {
  parser.expectSymbol('(');
  const found: { items: Expr[]; alias?: string }[] = [];
  do {
    const { e, aliases } = item(parser);
    found.push({ items: tuple(e), ...(aliases[0] === undefined ? {} : { alias: aliases[0] }) });
  } while (parser.reader.eatSymbol(','));
  parser.expectSymbol(')');
  return found;
}
