import { quoteText } from '../../database.ts';
import { MARK } from './error-mark.ts';

/** DuckDB's text of an expression that fails with an error of Databricks; `text` is an SQL expression. */
export function raise(condition: string, sqlState: string, text: string): string {
  return `error(${quoteText(`${MARK}${condition}|${sqlState}|`)} || ${text})`;
}

/** The same with a fixed text. */
export function raiseText(condition: string, sqlState: string, text: string): string {
  return `error(${quoteText(`${MARK}${condition}|${sqlState}|${text}`)})`;
}
