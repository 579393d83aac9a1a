import { quoteText } from '../../database.ts';
import type { Expr } from './ast.ts';
import { checkEscapes } from './like-escapes.ts';

/**
 * DuckDB's text of a LIKE pattern whose escape character stands before %, _ or itself only.
 * A literal is checked now, any other pattern when it is read, in JavaScript only where it has the escape character.
 * @throws SqlError INVALID_FORMAT for a literal that is wrong
 */
export function likePattern(e: Expr, sql: string, letter: string): string {
  if (e.k !== 'literal')
    return `CASE WHEN contains(${sql}, ${quoteText(letter)}) THEN spark_like_pattern(${sql}, ${quoteText(letter)}) ELSE ${sql} END`;
  if (e.value !== null) checkEscapes(e.value, letter);
  return sql;
}
