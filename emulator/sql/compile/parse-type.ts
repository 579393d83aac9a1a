import type { SqlError } from '../error.ts';
import type { Token } from '../lexer.ts';
import { parseType } from '../read-type.ts';
import type { SparkType } from '../spark-type.ts';
import type { Parser } from './parser.ts';

/** Reads a type, as after CAST … AS and ::. */
export function readType(parser: Parser): SparkType {
  const { reader } = parser;
  const start = reader.peek() as Token | undefined;
  const parts = [reader.readWord()];
  if (parts[0]?.toUpperCase() === 'INTERVAL')
    while (/^(?:YEAR|MONTH|DAY|HOUR|MINUTE|SECOND|TO)$/.test(reader.peek()?.value ?? '')) parts.push(reader.readWord());
  if (parser.symbol('(')) parts.push('(', ...reader.readBrackets().map((token) => token.text), ')');
  if (parser.symbol('<')) {
    let depth = 0;
    do {
      const token = reader.take();
      if (token.text === '<') depth += 1;
      if (token.text === '>') depth -= 1;
      if (token.text !== '<>') parts.push(token.text);
      else parts.push('<', '>');
    } while (depth > 0);
  }
  try {
    return parseType(parts.join(' '));
  } catch (error) {
    throw Object.assign(error as SqlError, {
      position: { offset: start?.start ?? 0, length: start?.text.length ?? 1 },
    });
  }
}
