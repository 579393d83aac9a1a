/** Where in a statement an error is. */
export interface Position {
  offset: number;
  length: number;
}

/** A statement that Databricks would refuse or fail: an error class, its text and its SQLSTATE. */
export class SqlError extends Error {
  readonly condition: string;
  readonly sqlState: string;
  /** The text without class and SQLSTATE. */
  readonly plain: string;
  readonly position: Position | undefined;

  constructor(condition: string, sqlState: string, text: string, position?: Position) {
    super(`[${condition}] ${text} SQLSTATE: ${sqlState}`);
    this.condition = condition;
    this.sqlState = sqlState;
    this.plain = text;
    this.position = position;
  }
}

/** The message as Databricks gives it: a syntax error shows its place in the statement, a name that is not found its line. */
export function messageOf(error: SqlError, sql: string): string {
  if (error.position === undefined) return error.message;
  const { line, column } = placeOf(sql, error.position.offset);
  if (error.condition !== 'PARSE_SYNTAX_ERROR') return `${error.message}; line ${line} pos ${column}`;
  const marks = `${'-'.repeat(column)}${'^'.repeat(Math.max(3, error.position.length))}`;
  const lines = sql.split('\n');
  const shown = [...lines.slice(0, line), marks, ...lines.slice(line)].join('\n');
  return `${error.message} (line ${line}, pos ${column})\n\n== SQL ==\n${shown.slice(0, 2000)}`;
}

/** A statement that is no SQL. */
export function syntaxError(near: string, position?: Position): SqlError {
  const text = near === '' ? 'Syntax error at or near end of input.' : `Syntax error at or near '${near}'.`;
  return new SqlError('PARSE_SYNTAX_ERROR', '42601', text, position);
}

/** Statement forms that Databricks has and the emulator has not. */
export function unsupported(what: string): SqlError {
  return new SqlError('UNSUPPORTED_FEATURE.EMULATOR', '0A000', `The emulator does not support ${what}.`);
}

// lines count from 1, columns from 0
function placeOf(sql: string, offset: number): { line: number; column: number } {
  const before = sql.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) };
}
