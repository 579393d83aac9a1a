/** A statement that Databricks would refuse or fail: an error class, its text and its SQLSTATE. */
export class SqlError extends Error {
  readonly condition: string;
  readonly sqlState: string;

  constructor(condition: string, sqlState: string, text: string) {
    super(`[${condition}] ${text} SQLSTATE: ${sqlState}`);
    this.condition = condition;
    this.sqlState = sqlState;
  }
}

/** A statement that is no SQL. */
export function syntaxError(near: string, position?: { line: number; column: number }): SqlError {
  const text = near === '' ? 'Syntax error, unexpected end of statement.' : `Syntax error at or near '${near}'.`;
  const error = new SqlError('PARSE_SYNTAX_ERROR', '42601', text);
  if (position !== undefined) error.message += ` (line ${position.line}, pos ${position.column})`;
  return error;
}

/** Statement forms that Databricks has and the emulator has not. */
export function unsupported(what: string): SqlError {
  return new SqlError('UNSUPPORTED_FEATURE.EMULATOR', '0A000', `The emulator does not support ${what}.`);
}
