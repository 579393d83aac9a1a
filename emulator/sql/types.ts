import { SqlError } from './error.ts';

const SIMPLE: Record<string, string> = {
  STRING: 'VARCHAR',
  VARCHAR: 'VARCHAR',
  CHAR: 'VARCHAR',
  CHARACTER: 'VARCHAR',
  BOOLEAN: 'BOOLEAN',
  BYTE: 'TINYINT',
  TINYINT: 'TINYINT',
  SHORT: 'SMALLINT',
  SMALLINT: 'SMALLINT',
  INT: 'INTEGER',
  INTEGER: 'INTEGER',
  LONG: 'BIGINT',
  BIGINT: 'BIGINT',
  FLOAT: 'FLOAT',
  REAL: 'FLOAT',
  DOUBLE: 'DOUBLE',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  // In UTC, which is the zone of every connection; told from TIMESTAMP by its type.
  TIMESTAMP_NTZ: 'TIMESTAMPTZ',
  TIMESTAMP_LTZ: 'TIMESTAMP',
  BINARY: 'BLOB',
  VOID: 'INTEGER',
  VARIANT: 'JSON',
  INTERVAL: 'INTERVAL',
};

/**
 * DuckDB's type for a Databricks type text such as `DECIMAL(10,2)` or `ARRAY<STRUCT<a: INT>>`.
 * Timestamps of all kinds are kept without a zone, in UTC.
 * @throws SqlError UNSUPPORTED_DATATYPE naming the type.
 */
export function duckType(text: string): string {
  const parts = text.match(/[A-Za-z_]\w*|`[^`]*`|\d+|[<>(),:]/g) ?? [];
  const cursor = { parts, at: 0 };
  const type = readType(cursor, text);
  if (cursor.at < parts.length) throw unknownType(text);
  return type;
}

interface Cursor {
  parts: string[];
  at: number;
}

function readType(cursor: Cursor, whole: string): string {
  const name = (cursor.parts[cursor.at++] ?? '').toUpperCase();
  const args =
    name === 'DECIMAL' || name === 'DEC' || name === 'NUMERIC' || name.endsWith('CHAR') ? readNumbers(cursor) : [];
  switch (name) {
    case 'DECIMAL':
    case 'DEC':
    case 'NUMERIC':
      return `DECIMAL(${args[0] ?? 10},${args[1] ?? 0})`;
    case 'ARRAY': {
      expect(cursor, '<', whole);
      const item = readType(cursor, whole);
      expect(cursor, '>', whole);
      return `${item}[]`;
    }
    case 'MAP': {
      expect(cursor, '<', whole);
      const key = readType(cursor, whole);
      expect(cursor, ',', whole);
      const value = readType(cursor, whole);
      expect(cursor, '>', whole);
      return `MAP(${key}, ${value})`;
    }
    case 'STRUCT':
      return readStruct(cursor, whole);
    default: {
      const simple = SIMPLE[name];
      if (simple === undefined) throw unknownType(whole);
      // INTERVAL DAY TO SECOND and the like
      while (name === 'INTERVAL' && /^(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND|TO)$/i.test(cursor.parts[cursor.at] ?? ''))
        cursor.at += 1;
      return simple;
    }
  }
}

function readStruct(cursor: Cursor, whole: string): string {
  expect(cursor, '<', whole);
  const fields: string[] = [];
  while (cursor.parts[cursor.at] !== '>') {
    const name = (cursor.parts[cursor.at++] ?? '').replaceAll('`', '');
    if (cursor.parts[cursor.at] === ':') cursor.at += 1;
    fields.push(`"${name.replaceAll('"', '""')}" ${readType(cursor, whole)}`);
    if (cursor.parts[cursor.at] === ',') cursor.at += 1;
    else if (cursor.parts[cursor.at] !== '>') throw unknownType(whole);
  }
  cursor.at += 1;
  return `STRUCT(${fields.join(', ')})`;
}

function readNumbers(cursor: Cursor): number[] {
  if (cursor.parts[cursor.at] !== '(') return [];
  const numbers: number[] = [];
  for (cursor.at += 1; cursor.parts[cursor.at] !== undefined && cursor.parts[cursor.at] !== ')'; cursor.at += 1) {
    if (/^\d+$/.test(cursor.parts[cursor.at] as string)) numbers.push(Number(cursor.parts[cursor.at]));
  }
  cursor.at += 1;
  return numbers;
}

function expect(cursor: Cursor, text: string, whole: string): void {
  if (cursor.parts[cursor.at] !== text) throw unknownType(whole);
  cursor.at += 1;
}

function unknownType(text: string): SqlError {
  return new SqlError('UNSUPPORTED_DATATYPE', '0A000', `Unsupported data type "${text.trim().toUpperCase()}".`);
}
