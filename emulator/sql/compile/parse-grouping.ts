import type { Expr, Select } from './ast.ts';
import type { Parser } from './parser.ts';

/** What follows GROUP BY. */
export function grouping(parser: Parser): NonNullable<Select['group']> {
  const { reader } = parser;
  if (reader.eat('ALL')) return { kind: 'all', items: [], sets: [] };
  for (const kind of ['ROLLUP', 'CUBE'] as const)
    if (reader.at(kind) && reader.peek(1)?.text === '(') {
      reader.take();
      reader.take();
      const items = parser.list();
      parser.expectSymbol(')');
      return { kind, items, sets: [] };
    }
  if (reader.eat('GROUPING', 'SETS')) {
    parser.expectSymbol('(');
    return { kind: 'GROUPING SETS', items: [], sets: sets(parser) };
  }
  const items = parser.list();
  const mixed = items.find((e) => e.k === 'call' && (e.name === 'rollup' || e.name === 'cube'));
  if (mixed !== undefined) throw parser.refuse('ROLLUP and CUBE beside other keys', mixed.at);
  if (reader.eat('WITH', 'ROLLUP')) return { kind: 'ROLLUP', items, sets: [] };
  if (reader.eat('WITH', 'CUBE')) return { kind: 'CUBE', items, sets: [] };
  if (reader.eat('GROUPING', 'SETS')) {
    parser.expectSymbol('(');
    return { kind: 'GROUPING SETS', items, sets: sets(parser) };
  }
  return { kind: 'list', items, sets: [] };
}

function sets(parser: Parser): Expr[][] {
  const found: Expr[][] = [];
  do {
    if (parser.symbol('(') && parser.reader.peek(1)?.text === ')') {
      parser.reader.take();
      parser.reader.take();
      found.push([]);
      continue;
    }
    const e = parser.expression();
    found.push(e.k === 'tuple' ? e.items : [e]);
  } while (parser.reader.eatSymbol(','));
  parser.expectSymbol(')');
  return found;
}
