import type { Bound, Window } from './ast.ts';
import type { Parser } from './parser.ts';

/** What stands in the brackets after OVER. */
export function readWindow(parser: Parser): Window {
  const { reader } = parser;
  const window: Window = { partition: [], order: [] };
  if (
    reader.peek()?.kind === 'word' &&
    !['PARTITION', 'ORDER', 'ROWS', 'RANGE', 'DISTRIBUTE', 'SORT'].includes(reader.peek()?.value ?? '')
  )
    window.base = reader.readWord();
  if (reader.eat('PARTITION', 'BY') || reader.eat('DISTRIBUTE', 'BY')) window.partition = parser.list();
  if (reader.eat('ORDER', 'BY') || reader.eat('SORT', 'BY')) window.order = parser.orders();
  if (parser.word('ROWS') || parser.word('RANGE')) {
    const unit = reader.readWord().toUpperCase();
    if (reader.eat('BETWEEN')) {
      const from = bound(parser);
      reader.expect('AND');
      window.frame = { unit, from, to: bound(parser) };
    } else window.frame = { unit, from: bound(parser) };
  }
  return window;
}

function bound(parser: Parser): Bound {
  const { reader } = parser;
  if (reader.eat('UNBOUNDED', 'PRECEDING')) return { kind: 'UNBOUNDED PRECEDING' };
  if (reader.eat('UNBOUNDED', 'FOLLOWING')) return { kind: 'UNBOUNDED FOLLOWING' };
  if (reader.eat('CURRENT', 'ROW')) return { kind: 'CURRENT ROW' };
  const e = parser.sum();
  if (reader.eat('PRECEDING')) return { kind: 'PRECEDING', e };
  reader.expect('FOLLOWING');
  return { kind: 'FOLLOWING', e };
}
