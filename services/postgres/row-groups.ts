import type { RowSource } from '../../actions/call.ts';
import { isBase64 } from '../../connector/base64.ts';
import { ConnectorError, inputError, type ValidationError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import { pointerOf } from '../../connector/json-pointer.ts';
import type { TableColumn } from './table-columns.ts';

/** Rows, one after the other, that name the same columns. */
export interface RowGroup {
  columns: TableColumn[];
  /** JSON text of a list. */
  json: string;
  /** Index of the first. */
  first: number;
  count: number;
}

const MAX_ROWS = 1_000;
/** Of JSON; far from the gigabyte that one value may have. */
const MAX_LENGTH = 4 * 1024 * 1024;
const MAX_FAULTS = 20;

/**
 * The rows in groups, in their order.
 * @throws ConnectorError ERR_INPUT_INVALID for columns that the table does not have, and for bytes that are not base64
 */
export async function* groupsOf(source: RowSource, table: readonly TableColumn[]): AsyncGenerator<RowGroup> {
  const byName = new Map(table.map((column) => [column.name, column]));
  let signature: string | undefined;
  let columns: TableColumn[] = [];
  let texts: string[] = [];
  let length = 0;
  let index = 0;
  const taken = (): RowGroup => ({
    columns,
    json: `[${texts.join(',')}]`,
    first: index - texts.length,
    count: texts.length,
  });
  for await (const { rows } of source.read()) {
    for (const row of rows) {
      const names = Object.keys(row).sort();
      const next = JSON.stringify(names);
      if (texts.length > 0 && (next !== signature || texts.length === MAX_ROWS || length > MAX_LENGTH)) {
        yield taken();
        texts = [];
        length = 0;
      }
      if (next !== signature) {
        columns = columnsNamed(names, { byName, index });
        signature = next;
      }
      for (const column of columns) checkBytes(row[column.name], column, pointerTo(index, column.name));
      const text = stringifyJson(row);
      texts.push(text);
      length += text.length;
      index += 1;
    }
  }
  if (texts.length > 0) yield taken();
}

/** JSON pointer to a value of a row in the input. */
export function pointerTo(row: number, name: string): string {
  return pointerOf(['rows', String(row), name]);
}

function columnsNamed(
  names: readonly string[],
  { byName, index }: { byName: ReadonlyMap<string, TableColumn>; index: number },
): TableColumn[] {
  const errors = names
    .filter((name) => !byName.has(name))
    .slice(0, MAX_FAULTS)
    .map((name): ValidationError => {
      const allowed = [...byName.keys()];
      return { pointer: pointerTo(index, name), message: 'is not a column of the table', allowed };
    });
  if (errors.length > 0)
    throw new ConnectorError('ERR_INPUT_INVALID', 'rows do not match the columns of the table', { errors, sent: 'no' });
  return names.map((name) => byName.get(name)!);
}

function checkBytes(value: unknown, { isBytes, isByteList, type }: TableColumn, pointer: string): void {
  if (value === null || value === undefined) return;
  if (isByteList) throw inputError(pointer, `is of the type ${type}, which cannot be written`);
  if (isBytes && !(typeof value === 'string' && isBase64(value)))
    throw inputError(pointer, `must be base64: the column is ${type}`);
}
