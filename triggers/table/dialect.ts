import type { ErrorRecord } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Page, Position } from '../position.ts';
import type { Ask } from '../source.ts';

/** A value of a statement. `type` is one of the names below, or the service's own. */
export interface Parameter {
  name: string;
  value: string;
  type: string;
}

/** A SQL statement with the parameters of its markers. */
export interface Statement {
  statement: string;
  parameters: Parameter[];
}

/**
 * What differs between services that speak SQL, for the reader of tables. Types are called as in standard SQL, whatever the service
 * calls them, so that the values of a column are compared alike everywhere: TIMESTAMP (an instant), TIMESTAMP_NTZ, DATE, BIGINT, INT,
 * SMALLINT, TINYINT, DOUBLE, FLOAT, DECIMAL(p,s), NUMERIC; every other type is compared as the bytes of its text.
 */
export interface Dialect {
  /** A name whatever is in it. */
  quote(name: string): string;
  /** FROM clause without the word: the table of an input, or its query. */
  from(input: JsonObject): string;
  /** The parameters of `from`. */
  fromParameters(input: JsonObject): Parameter[];
  /** What stands for a column where rows are put in order and compared. */
  ordered(column: string, type: string): string;
  /** The exact text of a cursor value; of a TIMESTAMP its microseconds since 1970, which say one thing when clocks go back. */
  cursorText(column: string, type: string): string;
  /** The exact text of a key. */
  keyText(column: string): string;
  /** What stands for a parameter that `cursorValues` made for a column of the type. */
  marker(name: string, type: string): string;
  /** What stands for a text that `keyText` gave, of a column of the type. */
  keyMarker(name: string, type: string): string;
  /** A number of 64 bits for a list of texts. */
  mark(texts: readonly string[]): string;
  /** How many rows meet a condition. */
  countIf(condition: string): string;
  /** The exclusive or of a number over the rows that meet a condition, as text. */
  xorIf(condition: string, number: string): string;
  /** A number of 64 bits as text. */
  numberText(number: string): string;
  /** The service's clock, as the text of microseconds since 1970. */
  readonly now: string;
  /** The one row of a statement beside each row of another; the row alone when there is none. */
  beside(one: string, rows: string, order: string): string;
  /** Leaves out cursor values that have no place, or after which no other could be found. */
  isPlaced?(column: string, type: string): string | undefined;
  /** Asks a table who it is; `undefined` when nothing can be said of the source. */
  identity(input: JsonObject): Statement | undefined;
  /** What the answer says: where the table is, and when it was made as ISO 8601. */
  readIdentity(row: JsonObject | undefined): { table?: string | undefined; createdAt?: string | undefined };
  /** The type of a result's column; `undefined` when there is no such column. */
  columnType(columns: unknown, name: string): string | undefined;
  /** Why rows cannot be read in the order of a type; `undefined` when they can. */
  unordered(type: string, role: 'cursor' | 'key'): string | undefined;
  /** How a query makes such a column one that has an order. */
  orderHint(column: string): string;
  /** The input of the action that runs a statement. */
  toInput(statement: Statement): JsonObject;
  /** Changes a question for the marks that `recover` left. */
  ask?(ask: Ask, position: Position | null): Ask;
  /** A smaller page instead of one that was too large; `undefined` for any other failure. */
  recover(position: Position | null, size: number, error: ErrorRecord): Page | undefined;
}
