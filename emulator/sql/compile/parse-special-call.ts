import type { Call, Expr } from './ast.ts';
import type { Parser } from './parser.ts';

/** A plain call. */
export function callOf(name: string, args: Expr[], at: number): Call {
  return { k: 'call', name, args, distinct: false, ignoreNulls: false, orderBy: [], at };
}

/** What may follow the brackets of a call: WITHIN GROUP, FILTER, OVER, IGNORE NULLS. */
export function readSuffixes(parser: Parser, made: Call): Call {
  const { reader } = parser;
  if (reader.eat('WITHIN', 'GROUP')) {
    parser.expectSymbol('(');
    reader.expect('ORDER', 'BY');
    made.orderBy = parser.orders();
    parser.expectSymbol(')');
  }
  if (reader.eat('IGNORE', 'NULLS')) made.ignoreNulls = true;
  else reader.eat('RESPECT', 'NULLS');
  if (parser.word('FILTER') && parser.symbol('(', 1)) {
    reader.take();
    parser.expectSymbol('(');
    reader.expect('WHERE');
    made.filter = parser.expression();
    parser.expectSymbol(')');
  }
  if (reader.eat('IGNORE', 'NULLS')) made.ignoreNulls = true;
  if (reader.eat('OVER')) {
    if (parser.symbol('(')) {
      reader.take();
      made.over = parser.window();
      parser.expectSymbol(')');
    } else made.over = reader.readWord();
  }
  return made;
}

/** trim(BOTH 'x' FROM s), substring(s FROM 1 FOR 2), position('a' IN s), overlay(s PLACING r FROM 1) */
export function readSpecial(parser: Parser, made: Call): Expr {
  const { reader } = parser;
  const { name, at } = made;
  if (name === 'trim') {
    const side = ['BOTH', 'LEADING', 'TRAILING'].find(
      (word) => parser.word(word) && !parser.symbol(',', 1) && !parser.symbol(')', 1),
    );
    if (side !== undefined) reader.take();
    const what = parser.word('FROM') ? undefined : parser.expression();
    if (reader.eat('FROM')) {
      const e = parser.expression();
      parser.expectSymbol(')');
      const target = side === 'LEADING' ? 'ltrim' : side === 'TRAILING' ? 'rtrim' : 'trim';
      return callOf(target, what === undefined ? [e] : [what, e], at);
    }
    made.args.push(what as Expr);
  } else if (name === 'position') {
    made.args.push(parser.operand());
    if (reader.eat('IN')) made.args.push(parser.operand());
  } else {
    made.args.push(parser.expression());
    const words = name === 'overlay' ? ['PLACING', 'FROM', 'FOR'] : ['FROM', 'FOR'];
    for (const word of words) if (reader.eat(word)) made.args.push(parser.expression());
  }
  while (reader.eatSymbol(',')) made.args.push(parser.expression());
  parser.expectSymbol(')');
  return readSuffixes(parser, made);
}
