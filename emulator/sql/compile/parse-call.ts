import { STRING } from '../spark-type.ts';
import type { Call, Expr } from './ast.ts';
import { callOf, readSpecial, readSuffixes } from './parse-special-call.ts';
import type { Parser } from './parser.ts';

/** Units of dateadd and datediff. */
const ADD_UNITS = /^(?:YEAR|QUARTER|MONTH|WEEK|DAY|DAYOFYEAR|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?$/i;
/** Functions whose first argument may be a unit without quotes. */
const UNIT_FIRST = new Set(['dateadd', 'date_add', 'timestampadd', 'datediff', 'date_diff', 'timestampdiff']);

/** A column, or a call of a function. */
export function readNameOrCall(parser: Parser, at: number): Expr {
  const { reader } = parser;
  const parts = [reader.readWord()];
  while (parser.symbol('.') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
    reader.take();
    parts.push(reader.readWord());
  }
  if (parser.symbol('(')) return readCall(parser, parts, at);
  return { k: 'column', parts, at };
}
function readCall(parser: Parser, parts: string[], at: number): Expr {
  const { reader } = parser;
  const name = parts.join('.').toLowerCase();
  reader.take();
  const made = callOf(name, [], at);
  if (reader.eat('DISTINCT')) made.distinct = true;
  else if (parser.word('ALL') && !parser.symbol(')', 1)) reader.take();
  if (name === 'trim' || name === 'overlay' || name === 'position' || name === 'substring' || name === 'substr')
    return readSpecial(parser, made);
  if (!parser.symbol(')')) {
    readUnit(parser, made);
    do {
      if (['word', 'name'].includes(reader.peek()?.kind ?? '') && parser.symbol('=>', 1)) {
        const named = reader.readWord();
        reader.take();
        made.args.push({ k: 'named', name: named, e: parser.expression(), at });
      } else if (parser.isQuery()) {
        made.args.push({ k: 'query', query: parser.query(), at });
      } else {
        const e = parser.expression();
        const as = name === 'struct' && reader.eat('AS') ? reader.readWord() : undefined;
        made.args.push(as === undefined ? e : { k: 'named', name: as, e, at: e.at });
      }
      // first(x IGNORE NULLS)
      if (reader.eat('IGNORE', 'NULLS')) made.ignoreNulls = true;
      else reader.eat('RESPECT', 'NULLS');
    } while (reader.eatSymbol(','));
    if (reader.eat('ORDER', 'BY')) made.orderBy = parser.orders();
  }
  parser.expectSymbol(')');
  return readSuffixes(parser, made);
}

// dateadd(DAY, 1, d): a unit without quotes comes before two more arguments
function readUnit(parser: Parser, made: Call): void {
  const { reader } = parser;
  if (
    !UNIT_FIRST.has(made.name) ||
    reader.peek()?.kind !== 'word' ||
    !parser.symbol(',', 1) ||
    !ADD_UNITS.test(reader.peek()?.text ?? '')
  )
    return;
  let commas = 0;
  let depth = 0;
  for (let ahead = 0; reader.peek(ahead) !== undefined && depth >= 0; ahead += 1) {
    if (parser.symbol('(', ahead) || parser.symbol('[', ahead)) depth += 1;
    if (parser.symbol(')', ahead) || parser.symbol(']', ahead)) depth -= 1;
    if (depth === 0 && parser.symbol(',', ahead)) commas += 1;
  }
  if (commas !== 2) return;
  const unit = reader.take();
  made.args.push({ k: 'literal', type: STRING, value: unit.value, at: unit.start });
  reader.eatSymbol(',');
}
