import type { Call, LateralView } from './ast.ts';
import { CLAUSES, names } from './parse-item.ts';
import type { Parser } from './parser.ts';

/** The arguments of a function of the FROM clause. */
export function tableCall(parser: Parser, parts: string[], at: number): Call {
  const made: Call = {
    k: 'call',
    name: parts.join('.').toLowerCase(),
    args: [],
    distinct: false,
    ignoreNulls: false,
    orderBy: [],
    at,
  };
  parser.expectSymbol('(');
  if (!parser.symbol(')')) {
    do {
      const next = parser.reader.peek(1);
      if (['word', 'name'].includes(parser.reader.peek()?.kind ?? '') && next?.text === '=>') {
        const name = parser.reader.readWord();
        parser.reader.take();
        made.args.push({ k: 'named', name, e: parser.expression(), at });
      } else made.args.push(parser.expression());
    } while (parser.reader.eatSymbol(','));
  }
  parser.expectSymbol(')');
  return made;
}

/** LATERAL VIEW [OUTER] explode(…) t AS a, b. */
export function lateralView(parser: Parser): LateralView {
  const { reader } = parser;
  reader.expect('LATERAL', 'VIEW');
  const outer = reader.eat('OUTER');
  const at = reader.peek()?.start ?? 0;
  const call = tableCall(parser, reader.readName(), at);
  const view: LateralView = { outer, call, alias: '', columns: [] };
  if (
    reader.peek()?.kind !== 'symbol' &&
    !reader.at('AS') &&
    reader.peek() !== undefined &&
    !CLAUSES.has(reader.peek()?.value ?? '')
  )
    view.alias = reader.readWord();
  if (reader.eat('AS')) {
    if (parser.symbol('(')) view.columns = names(parser);
    else {
      view.columns.push(reader.readWord());
      while (reader.eatSymbol(',')) view.columns.push(reader.readWord());
    }
  }
  return view;
}
