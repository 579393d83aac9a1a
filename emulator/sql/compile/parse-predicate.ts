import { syntaxError } from '../error.ts';
import type { Expr } from './ast.ts';
import type { Parser } from './parser.ts';

/** A comparison and what may follow it: IS, IN, BETWEEN, LIKE and their like. */
export function readPredicate(parser: Parser): Expr {
  const { reader } = parser;
  let e = parser.comparison();
  for (;;) {
    const at = parser.place();
    if (reader.eat('IS')) {
      const not = reader.eat('NOT');
      if (reader.eat('DISTINCT')) {
        reader.expect('FROM');
        e = { k: 'is', e, what: 'DISTINCT', not, other: parser.comparison(), at };
      } else {
        const word = reader.readWord().toUpperCase();
        if (!['NULL', 'TRUE', 'FALSE', 'UNKNOWN'].includes(word)) throw syntaxError(word, { offset: at, length: 2 });
        e = { k: 'is', e, what: word, not, at };
      }
      continue;
    }
    const not =
      parser.word('NOT') && ['IN', 'BETWEEN', 'LIKE', 'ILIKE', 'RLIKE', 'REGEXP'].some((word) => parser.word(word, 1));
    if (not) reader.take();
    if (reader.eat('IN')) {
      parser.expectSymbol('(');
      if (parser.isQuery()) e = { k: 'in', e, query: parser.query(), not, at };
      else e = { k: 'in', e, list: parser.list(), not, at };
      parser.expectSymbol(')');
    } else if (reader.eat('BETWEEN')) {
      const low = parser.comparison();
      reader.expect('AND');
      e = { k: 'between', e, low, high: parser.comparison(), not, at };
    } else if (['LIKE', 'ILIKE', 'RLIKE', 'REGEXP'].some((word) => parser.word(word))) {
      const op = reader.readWord().toUpperCase();
      const quantifier = ['ANY', 'SOME', 'ALL'].find((word) => parser.word(word) && parser.symbol('(', 1));
      if (quantifier !== undefined) {
        reader.take();
        parser.expectSymbol('(');
        const patterns = parser.list();
        parser.expectSymbol(')');
        e = { k: 'like', op, e, patterns, quantifier, not, at };
      } else {
        const pattern = parser.comparison();
        const escapeWith = reader.eat('ESCAPE') ? reader.readText() : undefined;
        e = {
          k: 'like',
          op,
          e,
          patterns: [pattern],
          ...(escapeWith === undefined ? {} : { escape: escapeWith }),
          not,
          at,
        };
      }
    } else return e;
  }
}
