import { quoteText } from '../../database.ts';

/** Marks an error's text as one that the emulator made: a user's raise_error cannot begin so. */
export const MARK = '\u0001';

/** DuckDB's text of an expression that fails with an error of Databricks; `text` is an SQL expression. */
export function raise(condition: string, sqlState: string, text: string): string {
  return `error(${quoteText(`${MARK}${condition}|${sqlState}|`)} || ${text})`;
}

/** The same with a fixed text. */
export function raiseText(condition: string, sqlState: string, text: string): string {
  return `error(${quoteText(`${MARK}${condition}|${sqlState}|${text}`)})`;
}
