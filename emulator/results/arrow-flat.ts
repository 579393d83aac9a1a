import type { DuckDBDataChunk } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';

type Numbers = Int32Array | BigInt64Array | Float64Array;

/**
 * A column of numbers or texts as Arrow data, written straight into its buffers: several times faster than Arrow's builders.
 * Undefined for any other type.
 */
export function flatColumn(
  type: arrow.DataType,
  chunks: DuckDBDataChunk[],
  index: number,
  convert: (value: never) => unknown,
): arrow.Data | undefined {
  if (!arrow.DataType.isUtf8(type) && numbersFor(type, 0) === undefined) return undefined;
  const values = chunks
    .flatMap((chunk) => chunk.getColumnValues(index))
    .map((value) => (value === null ? null : convert(value as never)));
  const { bitmap: nullBitmap, nullCount } = validity(values);
  const length = values.length;
  if (arrow.DataType.isUtf8(type)) return arrow.makeData({ type, length, nullCount, nullBitmap, ...texts(values) });
  const data = numbersFor(type, length);
  if (data === undefined) return undefined;
  for (let row = 0; row < length; row += 1) if (values[row] !== null) data[row] = values[row] as never;
  return arrow.makeData({ type: type as arrow.Int64, length, nullCount, nullBitmap, data: data as BigInt64Array });
}

function numbersFor(type: arrow.DataType, length: number): Numbers | undefined {
  if (arrow.DataType.isInt(type)) {
    if (type.bitWidth === 64) return new BigInt64Array(length);
    return type.bitWidth === 32 ? new Int32Array(length) : undefined;
  }
  return arrow.DataType.isFloat(type) && type.precision === arrow.Precision.DOUBLE
    ? new Float64Array(length)
    : undefined;
}

function validity(values: unknown[]): { bitmap: Uint8Array | null; nullCount: number } {
  let nullCount = 0;
  for (const value of values) if (value === null) nullCount += 1;
  if (nullCount === 0) return { bitmap: null, nullCount };
  const bitmap = new Uint8Array(Math.ceil(values.length / 8));
  for (const [row, value] of values.entries())
    if (value !== null) bitmap[row >> 3] = (bitmap[row >> 3] as number) | (1 << (row & 7));
  return { bitmap, nullCount };
}

function texts(values: unknown[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(values.length + 1);
  let at = 0;
  for (const [row, value] of values.entries()) {
    if (value !== null) at += Buffer.byteLength(value as string);
    valueOffsets[row + 1] = at;
  }
  return { valueOffsets, data: Buffer.from(values.filter((value) => value !== null).join('')) };
}
