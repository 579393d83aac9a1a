/**
 * How the text of a cell becomes JSON. `number` and `boolean` lose their quotes; `json` is parsed; everything else, 64-bit
 * integers and decimals among them, stays the exact text.
 */
export type CellKind = 'text' | 'number' | 'boolean' | 'json';

/** The parts of a column's SQL type that decide how its value becomes JSON. */
export type SqlType =
  | { kind: Exclude<CellKind, 'json' | 'text'> }
  /** `isNumeric`: a number whose digits only text keeps. */
  | { kind: 'text'; isNumeric?: boolean }
  /** Neither told nor known: a value keeps the form in which it came. */
  | { kind: 'unknown' }
  | { kind: 'array'; of: SqlType }
  | { kind: 'map'; of: SqlType }
  | { kind: 'struct'; fields: ReadonlyMap<string, SqlType> };

export const UNKNOWN: SqlType = { kind: 'unknown' };
const NUMBERS = /^(TINYINT|SMALLINT|INT|INTEGER|FLOAT|REAL|DOUBLE|BYTE|SHORT)$/i;
const EXACT_NUMBERS = /^(BIGINT|LONG|DECIMAL|DEC|NUMERIC)$/i;
/** JSON of their own, whose values have types of their own. */
const FREE = /^(VARIANT|OBJECT|VOID|NULL)$/i;
/** A type nested deeper is not read further: no table has one, and the parser calls itself. */
const MAX_DEPTH = 100;
const TOKEN = /\s*(?:(`(?:[^`]|``)*`)|('(?:[^'\\]|\\.|'')*')|([<>(),:])|([^\s<>(),:'`]+))/y;

/**
 * Reads a type as the service writes it: `STRUCT<a: DECIMAL(20,2) NOT NULL COMMENT 'x', b: ARRAY<INT>>`. A part that cannot be
 * read is `unknown`. Never throws.
 */
export function parseSqlType(text: string | undefined): SqlType {
  const tokens = text === undefined ? undefined : tokensOf(text);
  return tokens === undefined ? UNKNOWN : readType(createCursor(tokens), 0);
}

interface Cursor {
  peek(): string;
  next(): string;
  eat(token: string): boolean;
}

function createCursor(tokens: readonly string[]): Cursor {
  let at = 0;
  return {
    peek: () => tokens[at] ?? '',
    next: () => tokens[at++] ?? '',
    eat(token) {
      const is = tokens[at] === token;
      if (is) at += 1;
      return is;
    },
  };
}

function readType(cursor: Cursor, depth: number): SqlType {
  const name = cursor.next();
  const type = depth > MAX_DEPTH ? UNKNOWN : typeNamed(name, cursor, depth);
  skipRest(cursor);
  return type;
}

function typeNamed(name: string, cursor: Cursor, depth: number): SqlType {
  if (!cursor.eat('<')) return scalar(name);
  if (/^ARRAY$/i.test(name)) {
    const of = readType(cursor, depth + 1);
    return cursor.eat('>') ? { kind: 'array', of } : UNKNOWN;
  }
  if (/^MAP$/i.test(name)) {
    readType(cursor, depth + 1);
    if (!cursor.eat(',')) return UNKNOWN;
    const of = readType(cursor, depth + 1);
    return cursor.eat('>') ? { kind: 'map', of } : UNKNOWN;
  }
  return /^STRUCT$/i.test(name) ? readStruct(cursor, depth) : UNKNOWN;
}

function readStruct(cursor: Cursor, depth: number): SqlType {
  const fields = new Map<string, SqlType>();
  while (!cursor.eat('>')) {
    const name = unquote(cursor.next());
    // The colon may be left out in SQL.
    cursor.eat(':');
    if (name === '') return UNKNOWN;
    fields.set(name, readType(cursor, depth + 1));
    if (!cursor.eat(',') && cursor.peek() !== '>') return UNKNOWN;
  }
  return { kind: 'struct', fields };
}

function scalar(name: string): SqlType {
  if (NUMBERS.test(name)) return { kind: 'number' };
  if (/^BOOLEAN$/i.test(name)) return { kind: 'boolean' };
  if (EXACT_NUMBERS.test(name)) return { kind: 'text', isNumeric: true };
  return FREE.test(name) || name === '' ? UNKNOWN : { kind: 'text' };
}

/** What may follow the name: `(10,2)`, `DAY TO SECOND`, `NOT NULL`, `COLLATE x`, `COMMENT '…'`. */
function skipRest(cursor: Cursor): void {
  let depth = 0;
  for (let token = cursor.peek(); token !== ''; token = cursor.peek()) {
    if (depth === 0 && (token === ',' || token === '>' || token === ')')) return;
    if (token === '(' || token === '<') depth += 1;
    if (token === ')' || token === '>') depth -= 1;
    cursor.next();
  }
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4]!);
  }
  return tokens;
}

function unquote(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}
