import { isBase64 } from '../../../connector/base64.ts';
import { ConnectorError, inputError, type ValidationError } from '../../../connector/errors.ts';
import { stringifyJson } from '../../../connector/json.ts';
import { pointerOf } from '../../../connector/json-pointer.ts';
import { quoteIdentifier } from './sql-names.ts';
import type { StatementParameter } from './statement-runner.ts';

/** A column that is written, with its type in SQL as the service told it. */
export interface TargetColumn {
  name: string;
  type: string;
}

export type Row = Record<string, unknown>;

/** Parameters cannot be of these types; their values go in as text and are turned by a function. */
const NESTED = /^(ARRAY|MAP|STRUCT)\b/i;
const MAX_FAULTS = 20;

/** Finds the columns that rows name, which may come in parts. */
export interface ColumnFinder {
  /** `first` is the index of the first of the rows, for errors. */
  add(rows: readonly Row[], first: number): void;
  /**
   * The columns in the table's order and spelling; names are matched without regard to case, as SQL does.
   * @throws ConnectorError ERR_INPUT_INVALID with each name (20 at most) that the table does not have, and the names it
   * has, or that a row has twice in two spellings
   */
  end(): TargetColumn[];
}

export function createColumnFinder(table: readonly TargetColumn[]): ColumnFinder {
  const byName = new Map(table.map((column) => [column.name.toLowerCase(), column]));
  const used = new Set<TargetColumn>();
  const validationErrors: ValidationError[] = [];
  const addRow = (row: Row, index: number) => {
    const spelled = new Map<TargetColumn, string>();
    for (const key of Object.keys(row)) {
      const column = byName.get(key.toLowerCase());
      const other = column === undefined ? undefined : spelled.get(column);
      if (column !== undefined) {
        used.add(column);
        spelled.set(column, key);
      }
      if (validationErrors.length >= MAX_FAULTS) continue;
      if (column === undefined) validationErrors.push(unknownColumn(index, key, table));
      else if (other !== undefined)
        validationErrors.push({ pointer: pointerTo(index, key), message: `names the same column as "${other}"` });
    }
  };
  return {
    add(rows, first) {
      for (const [index, row] of rows.entries()) addRow(row, first + index);
    },
    end() {
      if (validationErrors.length > 0) throw invalid('rows do not match the columns of the table', validationErrors);
      return table.filter((column) => used.has(column));
    },
  };
}

/** The columns of rows that are all there; see `ColumnFinder`. */
export function columnsOf(rows: readonly Row[], table: readonly TargetColumn[]): TargetColumn[] {
  const finder = createColumnFinder(table);
  finder.add(rows, 0);
  return finder.end();
}

/**
 * The tuples of a VALUES clause for some rows, every value as a parameter. `first` is the index of the first row, for
 * errors; `more` gives SQL expressions that follow the values of a row.
 */
export function valuesClause(
  rows: readonly Row[],
  columns: readonly TargetColumn[],
  first: number,
  more: (row: Row) => string[] = () => [],
): { text: string; parameters: StatementParameter[] } {
  const parameters: StatementParameter[] = [];
  const tuples = rows.map((row, index) => {
    const values = lowerKeys(row);
    const cells = columns.map((column, place) => {
      const name = `p${index}_${place}`;
      const { parameter, expression } = cell(
        name,
        column,
        values.get(column.name.toLowerCase()),
        pointerTo(first + index, column.name),
      );
      parameters.push(parameter);
      return expression;
    });
    return `(${[...cells, ...more(row)].join(', ')})`;
  });
  return { text: tuples.join(', '), parameters };
}

/** Column names as a list in parentheses. */
export function columnList(columns: readonly TargetColumn[], prefix = ''): string {
  return `(${columns.map(({ name }) => prefix + quoteIdentifier(name)).join(', ')})`;
}

/** The value that a row has for a column, in whatever spelling; `undefined` when the row does not name the column. */
export function valueIn(row: Row, column: string): unknown {
  return lowerKeys(row).get(column.toLowerCase());
}

/** JSON pointer to a value of a row in the input. */
export function pointerTo(row: number, key: string): string {
  return pointerOf(['rows', String(row), key]);
}

function cell(
  name: string,
  { type }: TargetColumn,
  value: unknown,
  pointer: string,
): { parameter: StatementParameter; expression: string } {
  const marker = `:${name}`;
  const isText = needsText(type);
  const parameter: StatementParameter = { name, type: isText ? 'STRING' : parameterType(type) };
  if (value === undefined || value === null)
    return { parameter, expression: isText ? wrap(marker, type, pointer) : marker };
  if (typeof value === 'object' && !NESTED.test(type) && !/^(STRING|VARIANT|CHAR|VARCHAR)\b/i.test(type)) {
    throw inputError(pointer, `must be a value of type ${type}, not an object or list`);
  }
  if (/^BINARY\b/i.test(type) && !(typeof value === 'string' && isBase64(value)))
    throw inputError(pointer, 'must be base64: the column is BINARY');
  parameter.value = /^VARIANT\b/i.test(type) && typeof value === 'string' ? JSON.stringify(value) : textOf(value);
  return { parameter, expression: isText ? wrap(marker, type, pointer) : marker };
}

function needsText(type: string): boolean {
  return NESTED.test(type) || /^(BINARY|VARIANT|INTERVAL)\b/i.test(type);
}

function wrap(marker: string, type: string, pointer: string): string {
  if (/^BINARY\b/i.test(type)) return `unbase64(${marker})`;
  if (/^VARIANT\b/i.test(type)) return `parse_json(${marker})`;
  // The type is the service's own text; a comment of a struct's field could hold a quote.
  if (/['\\]/.test(type)) throw inputError(pointer, `is of the type ${type}, which cannot be written`);
  return NESTED.test(type) ? `from_json(${marker}, '${type}')` : `CAST(${marker} AS ${type})`;
}

function parameterType(type: string): string {
  return /^(CHAR|VARCHAR)\b/i.test(type) ? 'STRING' : type;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'object' ? stringifyJson(value) : String(value);
}

function lowerKeys(row: Row): Map<string, unknown> {
  return new Map(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]));
}

function unknownColumn(index: number, key: string, table: readonly TargetColumn[]): ValidationError {
  return {
    pointer: pointerTo(index, key),
    message: 'is not a column of the table',
    allowed: table.map(({ name }) => name),
  };
}

function invalid(message: string, errors: ValidationError[]): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', message, { errors, sent: 'no' });
}
