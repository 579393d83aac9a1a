import { syntaxError } from '../error.ts';
import type { Token } from '../lexer.ts';
import type { Expr } from './ast.ts';
import { INTERVAL_UNIT, intervalLiteral } from './interval.ts';
import type { Parser } from './parser.ts';

/** INTERVAL '1' DAY, INTERVAL 1 DAY 2 HOURS, INTERVAL '1-2' YEAR TO MONTH. */
export function readInterval(parser: Parser, at: number): Expr {
  const { reader } = parser;
  reader.take();
  const parts: { sign: string; value: Token; unit: string; to?: string }[] = [];
  for (;;) {
    const sign = reader.eatSymbol('-') ? '-' : '';
    const value = reader.peek();
    if (value?.kind !== 'string' && value?.kind !== 'number') break;
    if (parts.length > 0 && !INTERVAL_UNIT.test(reader.peek(1)?.value ?? '')) break;
    reader.take();
    // INTERVAL '3 days 2 hours'
    if (value.kind === 'string' && !INTERVAL_UNIT.test(reader.peek()?.value ?? ''))
      return intervalLiteral([{ sign, value: value.value, unit: '' }], at);
    const unit = reader.readWord();
    const to = reader.eat('TO') ? reader.readWord() : undefined;
    parts.push({ sign, value, unit, ...(to === undefined ? {} : { to }) });
  }
  if (parts.length > 0)
    return intervalLiteral(
      parts.map((part) => ({ ...part, value: part.value.value })),
      at,
    );
  // INTERVAL (expression) DAY is no Databricks SQL; INTERVAL as a column's name
  throw syntaxError(reader.peek()?.text ?? '', { offset: at, length: 8 });
}
