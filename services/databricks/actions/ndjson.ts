import { type Column, cellKind, innerType, rowKeys } from '../../../actions/columns.ts';
import { nestedJson } from '../../../actions/nested-values.ts';
import type { CellKind } from '../../../actions/sql-types.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { isBoolean, isInteger, isLiteral, isNumber } from './json-bytes.ts';

/**
 * Turns the bytes of a JSON_ARRAY chunk, `[["1","a"],["2",null]]`, into NDJSON with typed values. Works on bytes in one pass,
 * because parsing into values and writing them out again costs several times as much (scripts/measure-rows.ts).
 */
export interface NdjsonWriter {
  /** Takes the next piece of a chunk, cut anywhere. @throws ConnectorError ERR_RESPONSE_INVALID */
  push(piece: Uint8Array): void;
  /** The chunk must be whole now; the next push begins another. @throws ConnectorError ERR_RESPONSE_INVALID */
  endChunk(): void;
  /** Rows written so far, over all chunks. */
  readonly rows: number;
  /** Bytes that wait to be taken. */
  readonly size: number;
  /** The bytes that wait; valid until the next push. */
  take(): Uint8Array;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE = 0x7d;
const NEWLINE = 0x0a;

const FIRST_SIZE = 512 * 1024;
/** Parsing a row that is cut at the end of a piece starts again with the next; a large one waits for more at once. */
const LARGE_ROW = 256 * 1024;
/** One row is in memory whole; no warehouse gives one so large, and one that never ends must end somewhere. */
const MAX_ROW = 64 * 1024 * 1024;
/** The smallest number of digits of an integer that JavaScript may round. */
const UNSAFE_DIGITS = 16;
const FRACTION = Buffer.from('.0');
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Place = 'before' | 'rows' | 'after';

export function createNdjsonWriter(columns: readonly Column[]): NdjsonWriter {
  const kinds: CellKind[] = columns.map(cellKind);
  const types = columns.map(innerType);
  const prefixes = rowKeys(columns).map((key, index) =>
    Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(key)}:`),
  );
  let out = Buffer.allocUnsafeSlow(FIRST_SIZE);
  let size = 0;
  let rows = 0;
  let place: Place = 'before';
  /** What came after the last whole row, in pieces. */
  let rest: Uint8Array[] = [];
  let restSize = 0;
  let waitFor = 0;

  /** Writes the row that begins at `from` and returns where it ends; -1 when the data ends before it does. */
  function writeRow(data: Uint8Array, from: number): number {
    const begin = size;
    const end = data.length;
    let at = from + 1;
    for (let column = 0; column < kinds.length; column += 1) {
      at = skipSpace(data, at);
      const valueEnd = cellEnd(data, at);
      if (valueEnd < 0) {
        size = begin;
        return -1;
      }
      reserve(valueEnd - at + prefixes[column]!.length);
      size = copy(prefixes[column]!, 0, prefixes[column]!.length, out, size);
      writeCell(column, data, at, valueEnd);
      at = skipSpace(data, valueEnd);
      if (at >= end) {
        size = begin;
        return -1;
      }
      if (data[at] !== (column === kinds.length - 1 ? CLOSE : COMMA))
        throw broken(`row ${rows + 1} has another number of cells than columns`);
      at += 1;
    }
    reserve(2);
    out[size] = BRACE;
    out[size + 1] = NEWLINE;
    size += 2;
    rows += 1;
    return at;
  }

  function writeCell(column: number, data: Uint8Array, from: number, to: number): void {
    const kind = kinds[column]!;
    if (kind !== 'text' && data[from] === QUOTE) {
      if (kind === 'json') {
        const cell = JSON.parse(decoder.decode(data.subarray(from, to))) as string;
        const bytes = encoder.encode(nestedJson(cell, types[column]));
        reserve(bytes.length);
        size = copy(bytes, 0, bytes.length, out, size);
        return;
      }
      if (kind === 'number' ? isNumber(data, from + 1, to - 1) : isBoolean(data, from + 1, to - 1)) {
        size = copy(data, from + 1, to - 1, out, size);
        if (kind === 'number') endNumber(data, from + 1, to - 1);
        return;
      }
    }
    if (data[from] !== QUOTE && !isLiteral(data, from, to)) throw broken('a cell is neither a string nor null');
    size = copy(data, from, to, out, size);
    if (kind === 'number') endNumber(data, from, to);
  }

  /** A DOUBLE that is written as a long integer would be read as an integer of 64 bits, and leave as text. */
  function endNumber(data: Uint8Array, from: number, to: number): void {
    if (to - from < UNSAFE_DIGITS || !isInteger(data, from, to)) return;
    reserve(FRACTION.length);
    size = copy(FRACTION, 0, FRACTION.length, out, size);
  }

  function reserve(bytes: number): void {
    if (size + bytes <= out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(out.length * 2, size + bytes));
    larger.set(out.subarray(0, size));
    out = larger;
  }

  function parse(data: Uint8Array): number {
    let at = skipSpace(data, 0);
    if (place === 'before') {
      if (at >= data.length) return at;
      if (data[at] !== OPEN) throw broken('it does not start with a list');
      place = 'rows';
      at = skipSpace(data, at + 1);
    }
    while (place === 'rows' && at < data.length) {
      const byte = data[at]!;
      if (byte === OPEN && kinds.length > 0) {
        const next = writeRow(data, at);
        if (next < 0) return at;
        at = skipSpace(data, next);
      } else if (byte === COMMA) at = skipSpace(data, at + 1);
      else if (byte === CLOSE) {
        place = 'after';
        at = skipSpace(data, at + 1);
      } else throw broken('it contains something other than a row');
    }
    if (place === 'after' && at < data.length) throw broken('something follows its end');
    return at;
  }

  function parseRest(): void {
    const data = rest.length === 1 ? rest[0]! : Buffer.concat(rest);
    const left = data.subarray(parse(data));
    rest = left.length === 0 ? [] : [left];
    restSize = left.length;
    if (restSize > MAX_ROW) throw tooLarge(rows + 1);
    waitFor = restSize > LARGE_ROW ? Math.min(restSize * 2, MAX_ROW + 1) : 0;
  }

  return {
    get rows() {
      return rows;
    },
    get size() {
      return size;
    },
    push(piece) {
      rest.push(piece);
      restSize += piece.length;
      if (restSize >= waitFor) parseRest();
    },
    endChunk() {
      if (restSize > 0) parseRest();
      if (place !== 'after' || restSize > 0) throw broken('it is incomplete');
      place = 'before';
      waitFor = 0;
    },
    take() {
      const taken = out.subarray(0, size);
      size = 0;
      return taken;
    },
  };
}

/** Where the cell at `at` ends, -1 when the data ends first. A cell is a string, a number, true, false or null. */
function cellEnd(data: Uint8Array, at: number): number {
  const end = data.length;
  let index = at;
  if (index >= end) return -1;
  if (data[index] !== QUOTE) {
    for (; index < end; index += 1) {
      const byte = data[index]!;
      if (byte === COMMA || byte === CLOSE || byte <= 0x20) break;
      if (byte === OPEN || byte === QUOTE) throw broken('a cell is neither a string nor null');
    }
    return index === end ? -1 : index;
  }
  for (index += 1; index < end; index += 1) {
    const byte = data[index]!;
    if (byte === QUOTE) return index + 1;
    if (byte === BACKSLASH) index += 1;
  }
  return -1;
}

function skipSpace(data: Uint8Array, at: number): number {
  let index = at;
  while (index < data.length && data[index]! <= 0x20) index += 1;
  return index;
}

/** A loop is faster than `set` for the short pieces that cells are. */
function copy(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  if (to - from > 64) {
    target.set(source.subarray(from, to), at);
    return at + to - from;
  }
  let place = at;
  for (let index = from; index < to; index += 1) {
    target[place] = source[index]!;
    place += 1;
  }
  return place;
}

function tooLarge(row: number): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_TOO_LARGE', `row ${row} of the result is larger than ${MAX_ROW} bytes`, {
    hint: 'Select fewer columns, or shorten the values in the statement.',
    sent: 'answered',
  });
}

function broken(what: string): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_INVALID', `a chunk of the result is not as expected: ${what}`, {
    kind: 'temporary',
    sent: 'answered',
  });
}
