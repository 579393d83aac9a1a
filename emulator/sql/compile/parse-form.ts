import type { Token } from '../lexer.ts';
import { STRING } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { callOf } from './parse-special-call.ts';
import { readType } from './parse-type.ts';
import type { Parser } from './parser.ts';

const EXTRACT_UNITS =
  /^(?:YEAR|YEARS|YR|YRS|YEAROFWEEK|QUARTER|QTR|MONTH|MONTHS|MON|MONS|WEEK|WEEKS|W|DAY|DAYS|D|DAYOFWEEK|DOW|DAYOFWEEK_ISO|DOW_ISO|DOY|HOUR|HOURS|H|HR|HRS|MINUTE|MINUTES|M|MIN|MINS|SECOND|SECONDS|S|SEC|SECS)$/i;

/** CAST(e AS t), EXISTS (query), EXTRACT(unit FROM e); undefined when none comes next. */
export function readForm(parser: Parser, { value, start: at }: Token): Expr | undefined {
  const { reader } = parser;
  const next = reader.peek(1);
  if ((value === 'CAST' || value === 'TRY_CAST') && next?.text === '(') {
    reader.take();
    reader.take();
    const e = parser.expression();
    reader.expect('AS');
    const type = readType(parser);
    parser.expectSymbol(')');
    return { k: 'cast', e, type, attempt: value === 'TRY_CAST', at };
  }
  if (
    value === 'EXISTS' &&
    next?.text === '(' &&
    (parser.word('SELECT', 2) || parser.word('WITH', 2) || parser.word('VALUES', 2))
  ) {
    reader.take();
    parser.expectSymbol('(');
    const query = parser.query();
    parser.expectSymbol(')');
    return { k: 'exists', query, at };
  }
  if (value === 'EXTRACT' && next?.text === '(') {
    reader.take();
    reader.take();
    const unit = reader.readWord();
    if (!EXTRACT_UNITS.test(unit)) throw parser.refuse(`extract(${unit} FROM …)`, at);
    reader.expect('FROM');
    const e = parser.expression();
    parser.expectSymbol(')');
    return callOf('extract', [{ k: 'literal', type: STRING, value: unit, at }, e], at);
  }
  return undefined;
}
