import type {
  DuckDBArrayType,
  DuckDBDataChunk,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import { flatColumn } from './arrow-flat.ts';
import { describeType } from './columns.ts';

/** Writes DuckDB's chunks as record batches of one schema. */
export interface ArrowBatches {
  /** The schema message that begins a stream. */
  readonly header: Uint8Array;
  /** One batch, without header and end. */
  batch(chunks: DuckDBDataChunk[]): Uint8Array;
  /** The mark that ends a stream. */
  readonly end: Uint8Array;
}

/** The query with its columns brought to types that Arrow has. */
export function arrowRows(query: string, types: DuckDBType[]): string {
  const cells = types.map((type, index) => {
    const [name, text] = describeType(type);
    if (name === 'TIMESTAMP') return `CAST(c${index} AS TIMESTAMP)`;
    if (name === 'LONG') return `CAST(c${index} AS BIGINT)`;
    if (name === 'DECIMAL') return `CAST(c${index} AS ${text})`;
    return name === 'STRING' || name === 'INTERVAL' ? `CAST(c${index} AS VARCHAR)` : `c${index}`;
  });
  return `SELECT ${cells.join(', ')} FROM (${query}\n) AS q(${types.map((_, index) => `c${index}`).join(', ')})`;
}

/** Makes the writer for a result's columns. */
export function createArrowBatches(names: string[], types: DuckDBType[]): ArrowBatches {
  const columns = types.map(toArrow);
  const fields = columns.map((column, index) => new arrow.Field(names[index] as string, column.type, true));
  const schema = new arrow.Schema(fields);
  const header = withoutEnd(arrow.RecordBatchStreamWriter.writeAll(new arrow.Table(schema)).toUint8Array(true));
  return {
    header,
    // a continuation mark and a length of zero
    end: new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    batch(chunks) {
      const children = columns.map((column, index) => build(column, chunks, index));
      const length = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
      const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children });
      const stream = arrow.RecordBatchStreamWriter.writeAll([new arrow.RecordBatch(schema, data)]).toUint8Array(true);
      return withoutEnd(stream).subarray(header.length);
    },
  };
}

interface Conversion {
  type: arrow.DataType;
  /** A type of the same layout that is built from plain integers, where Arrow's own would go through milliseconds. */
  stored: arrow.DataType;
  convert(value: DuckDBValue): unknown;
}

function build(column: Conversion, chunks: DuckDBDataChunk[], index: number): arrow.Data {
  const flat = flatColumn(column.stored, chunks, index, column.convert);
  if (flat !== undefined) return retype(flat, column.type);
  const builder = arrow.makeBuilder({ type: column.stored, nullValues: [null] });
  for (const chunk of chunks) {
    for (const value of chunk.getColumnValues(index)) builder.append(value === null ? null : column.convert(value));
  }
  return retype(builder.finish().toVector().data[0] as arrow.Data, column.type);
}

function retype(data: arrow.Data, type: arrow.DataType): arrow.Data {
  const children = data.children.map((child, index) => retype(child, type.children[index]?.type as arrow.DataType));
  return new arrow.Data(type, data.offset, data.length, data.nullCount, data.buffers, children);
}

function toArrow(type: DuckDBType): Conversion {
  const same = (value: DuckDBValue) => value;
  const plain = (own: arrow.DataType, convert: Conversion['convert'] = same): Conversion => ({
    type: own,
    stored: own,
    convert,
  });
  switch (describeType(type)[0]) {
    case 'BOOLEAN':
      return plain(new arrow.Bool());
    case 'BYTE':
      return plain(new arrow.Int8());
    case 'SHORT':
      return plain(new arrow.Int16());
    case 'INT':
      return plain(new arrow.Int32());
    case 'LONG':
      return plain(new arrow.Int64());
    case 'FLOAT':
      return plain(new arrow.Float32());
    case 'DOUBLE':
      return plain(new arrow.Float64());
    case 'DATE':
      return {
        type: new arrow.DateDay(),
        stored: new arrow.Int32(),
        convert: (value) => (value as { days: number }).days,
      };
    case 'TIMESTAMP':
      return {
        type: new arrow.TimestampMicrosecond('Etc/UTC'),
        stored: new arrow.Int64(),
        convert: (value) => (value as { micros: bigint }).micros,
      };
    case 'DECIMAL': {
      const { scale, width } = type as DuckDBDecimalType;
      return plain(new arrow.Decimal(scale, width, 128), decimalWords);
    }
    case 'BINARY':
      return plain(new arrow.Binary(), (value) => (value as { bytes: Uint8Array }).bytes);
    case 'ARRAY':
      return list(type as DuckDBListType | DuckDBArrayType);
    case 'STRUCT':
      return struct(type as DuckDBStructType);
    case 'MAP':
      return map(type as DuckDBMapType);
    default:
      return plain(new arrow.Utf8(), String);
  }
}

function decimalWords(value: DuckDBValue): Uint32Array {
  const unsigned = BigInt.asUintN(128, (value as DuckDBDecimalValue).value);
  return new Uint32Array(new BigUint64Array([unsigned & 0xffff_ffff_ffff_ffffn, unsigned >> 64n]).buffer);
}

function list(type: DuckDBListType | DuckDBArrayType): Conversion {
  const item = toArrow(type.valueType);
  const of = (element: arrow.DataType) => new arrow.List(new arrow.Field('element', element, true));
  const convert = (value: DuckDBValue) =>
    (value as { items: DuckDBValue[] }).items.map((entry) => (entry === null ? null : item.convert(entry)));
  return { type: of(item.type), stored: of(item.stored), convert };
}

function struct(type: DuckDBStructType): Conversion {
  const fields = type.entryTypes.map(toArrow);
  const of = (types: arrow.DataType[]) =>
    new arrow.Struct(type.entryNames.map((name, index) => new arrow.Field(name, types[index] as arrow.DataType, true)));
  const convert = (value: DuckDBValue) => {
    const { entries } = value as { entries: Record<string, DuckDBValue> };
    const one = (name: string, index: number) => (entries[name] == null ? null : fields[index]?.convert(entries[name]));
    return Object.fromEntries(type.entryNames.map((name, index) => [name, one(name, index)]));
  };
  return { type: of(fields.map((field) => field.type)), stored: of(fields.map((field) => field.stored)), convert };
}

function map(type: DuckDBMapType): Conversion {
  const [key, value] = [toArrow(type.keyType), toArrow(type.valueType)];
  const of = (keys: arrow.DataType, values: arrow.DataType) => {
    const entry = new arrow.Struct<{ key: arrow.DataType; value: arrow.DataType }>([
      new arrow.Field('key', keys, false),
      new arrow.Field('value', values, true),
    ]);
    return new arrow.Map_(new arrow.Field('entries', entry, false));
  };
  const convert = (item: DuckDBValue) => {
    const { entries } = item as { entries: { key: DuckDBValue; value: DuckDBValue }[] };
    return new Map(
      entries.map((pair) => [key.convert(pair.key), pair.value === null ? null : value.convert(pair.value)]),
    );
  };
  return { type: of(key.type, value.type), stored: of(key.stored, value.stored), convert };
}

function withoutEnd(stream: Uint8Array): Uint8Array {
  return stream.subarray(0, stream.length - 8);
}
