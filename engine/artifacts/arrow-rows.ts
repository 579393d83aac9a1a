import type { DataType, Decimal, RecordBatch, Timestamp } from 'apache-arrow';
import { ConnectorError } from '../../connector/errors.ts';

type Row = Record<string, unknown>;
type Convert = (value: unknown) => unknown;
type Arrow = typeof import('apache-arrow');

const MICROS_PER_MS = 1000;
const WORD_BITS = 32n;
/** Digits that tell every 32-bit float from its neighbors. */
const MAX_FLOAT_DIGITS = 9;

/**
 * The rows of an Arrow IPC stream, one list per record batch, with the values that JSON_ARRAY gives: 64-bit integers and
 * decimals are exact text, dates and times ISO 8601, binary is base64.
 * @throws ConnectorError ERR_RESPONSE_INVALID for a stream that cannot be read, such as one that is compressed
 */
export async function* readArrowRows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Row[]> {
  // Loaded at first use: it is large, and few results are read so.
  const arrow: Arrow = await import('apache-arrow');
  let batches: AsyncIterable<RecordBatch>;
  try {
    batches = (await arrow.RecordBatchReader.from(pieces)) as unknown as AsyncIterable<RecordBatch>;
    for await (const batch of batches) yield rowsOf(arrow, batch);
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    const { message } = cause as Error;
    throw new ConnectorError('ERR_RESPONSE_INVALID', `the Arrow result cannot be read: ${message}`, {
      hint: 'Use the format JSON_ARRAY if later steps read the rows.',
      cause,
    });
  }
}

function rowsOf(arrow: Arrow, batch: RecordBatch): Row[] {
  const names = uniqueNames(batch.schema.fields.map(({ name }) => name));
  const columns = batch.schema.fields.map(({ type }, index) => ({
    vector: batch.getChildAt(index)!,
    convert: converterOf(arrow, type),
  }));
  return Array.from({ length: batch.numRows }, (_, row) =>
    Object.fromEntries(
      columns.map(({ vector, convert }, index) => {
        const value: unknown = vector.get(row);
        return [names[index], value === null || value === undefined ? null : convert(value)];
      }),
    ),
  );
}

/** A name that comes again gets `_2`, `_3`, as in JSON_ARRAY rows. */
function uniqueNames(names: string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let key = name;
    for (let count = 2; used.has(key); count += 1) if (!taken.has(`${name}_${count}`)) key = `${name}_${count}`;
    used.add(key);
    return key;
  });
}

function converterOf(arrow: Arrow, type: DataType): Convert {
  const { DataType: is } = arrow;
  const inner = (index: number): Convert => nullable(converterOf(arrow, type.children[index]!.type as DataType));
  if (is.isInt(type)) return type.bitWidth === 64 ? String : (value) => value;
  if (is.isFloat(type)) return type.precision === arrow.Precision.DOUBLE ? floatValue : single;
  if (is.isDecimal(type)) return (value) => decimalText(value as Uint32Array, type as Decimal);
  if (is.isDate(type)) return (value) => new Date(Number(value)).toISOString().split('T')[0];
  if (is.isTimestamp(type)) return (value) => timeText(value as number, type as Timestamp);
  if (is.isBinary(type)) return (value) => Buffer.from(value as Uint8Array).toString('base64');
  if (is.isList(type) || is.isFixedSizeList(type)) {
    const item = inner(0);
    return (value) => Array.from(value as Iterable<unknown>, item);
  }
  if (is.isStruct(type)) {
    const fields = type.children.map(({ name }, index) => [name, inner(index)] as const);
    return (value) => Object.fromEntries(fields.map(([name, convert]) => [name, convert((value as Row)[name])]));
  }
  if (is.isMap(type)) return mapConverter(arrow, type);
  if (is.isUtf8(type) || is.isLargeUtf8(type) || is.isBool(type) || is.isNull(type)) return (value) => value;
  throw new ConnectorError('ERR_RESPONSE_INVALID', `the Arrow result has a column of the type ${type}`, {
    hint: 'Cast the column to STRING in the statement, or use the format JSON_ARRAY.',
  });
}

function mapConverter(arrow: Arrow, type: DataType): Convert {
  const [key, value] = (type.children[0]!.type as DataType).children.map(({ type: own }) =>
    nullable(converterOf(arrow, own as DataType)),
  );
  return (map) =>
    Object.fromEntries([...(map as Iterable<[unknown, unknown]>)].map(([k, v]) => [String(key!(k)), value!(v)]));
}

function nullable(convert: Convert): Convert {
  return (value) => (value === null || value === undefined ? null : convert(value));
}

function floatValue(value: unknown): unknown {
  return Number.isFinite(value) ? value : String(value);
}

/** Milliseconds, and microseconds where there are any; with a zone it is UTC. `ms` is exact to the microsecond. */
function timeText(ms: number, { timezone }: Timestamp): string {
  const micros = Math.round(ms * MICROS_PER_MS);
  const whole = Math.floor(micros / MICROS_PER_MS);
  const rest = micros - whole * MICROS_PER_MS;
  const text = new Date(whole).toISOString().slice(0, -1);
  return `${text}${rest === 0 ? '' : String(rest).padStart(3, '0')}${timezone ? 'Z' : ''}`;
}

/** The shortest digits that give the same 32-bit float: 0.1, not 0.10000000149011612. */
function single(value: unknown): unknown {
  const number = value as number;
  if (!Number.isFinite(number)) return String(number);
  for (let digits = 1; digits < MAX_FLOAT_DIGITS; digits += 1) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return short;
  }
  return number;
}

function decimalText(words: Uint32Array, { scale, bitWidth }: Decimal): string {
  let unsigned = 0n;
  for (let index = words.length - 1; index >= 0; index -= 1) unsigned = (unsigned << WORD_BITS) | BigInt(words[index]!);
  const value = BigInt.asIntN(bitWidth, unsigned);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}
