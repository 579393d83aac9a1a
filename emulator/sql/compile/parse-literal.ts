import type { Token } from '../lexer.ts';
import { BINARY, BOOLEAN, DATE, NTZ, STRING, TIMESTAMP, VOID } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { readInterval } from './parse-interval.ts';
import type { Parser } from './parser.ts';

/** X'1F', r'…', DATE'…', INTERVAL …, NULL, TRUE and FALSE; undefined when none comes next. */
export function readLiteral(parser: Parser, token: Token): Expr | undefined {
  const { reader } = parser;
  const { value, start: at, end } = token;
  const next = reader.peek(1);
  if (next?.kind === 'string' && next.start === end && (value === 'R' || value === 'X')) {
    reader.take();
    reader.take();
    return { k: 'literal', type: value === 'R' ? STRING : BINARY, value: next.value, at };
  }
  if (next?.kind === 'string' && ['DATE', 'TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ'].includes(value)) {
    reader.take();
    reader.take();
    const type = value === 'DATE' ? DATE : value === 'TIMESTAMP_NTZ' ? NTZ : TIMESTAMP;
    return { k: 'literal', type, value: next.value, at };
  }
  if (value === 'INTERVAL' && next !== undefined && next.text !== '.' && next.text !== ',' && next.text !== ')')
    return readInterval(parser, at);
  if (value === 'NULL' || value === 'TRUE' || value === 'FALSE') {
    reader.take();
    return {
      k: 'literal',
      type: value === 'NULL' ? VOID : BOOLEAN,
      value: value === 'NULL' ? null : value.toLowerCase(),
      at,
    };
  }
  return undefined;
}
