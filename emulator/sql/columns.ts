import { quoteName } from '../database.ts';
import { parseExpression } from './compile/parse-query.ts';
import { createCompiler } from './compile/query.ts';
import { emptyScope } from './compile/scope.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader } from './reader.ts';
import { rewrite } from './rewrite.ts';
import type { Environment } from './session.ts';
import { duckType } from './types.ts';

/** A column as CREATE TABLE or ALTER TABLE declares it. */
export interface ColumnDefinition {
  name: string;
  type: string;
  notNull: boolean;
  comment?: string;
  /** DuckDB's text of the default. */
  default?: string;
  identity: boolean;
  /** GENERATED ALWAYS: no value of one's own is taken. */
  always?: boolean;
  /** `START WITH 100 INCREMENT BY 10`. */
  counts?: string;
}

/** Reads `(a INT NOT NULL COMMENT 'x', …)`; keys and checks are informational in Databricks and left out. */
export function readColumns(tokens: Token[], environment: Environment): ColumnDefinition[] {
  const reader = createReader(tokens);
  const columns: ColumnDefinition[] = [];
  while (!reader.done) {
    if (reader.at('CONSTRAINT') || reader.at('PRIMARY', 'KEY') || reader.at('FOREIGN', 'KEY')) skipToComma(reader);
    else columns.push(readColumn(reader, environment));
    if (!reader.eatSymbol(',')) reader.end();
  }
  return columns;
}

/** Reads one column. */
export function readColumn(reader: Reader, environment: Environment): ColumnDefinition {
  const name = reader.readWord();
  reader.eatSymbol(':');
  const column: ColumnDefinition = { name, type: duckType(readTypeText(reader)), notNull: false, identity: false };
  for (;;) {
    if (reader.eat('NOT', 'NULL')) column.notNull = true;
    else if (reader.eat('COMMENT')) column.comment = reader.readText();
    else if (reader.eat('DEFAULT')) column.default = readExpression(reader, environment);
    else if (reader.eat('GENERATED')) readGenerated(reader, column, environment);
    else if (reader.eat('PRIMARY', 'KEY')) continue;
    else if (reader.eat('COLLATE') || reader.eat('MASK')) reader.readName();
    else return column;
  }
}

/** The text of the type that comes next, such as `DECIMAL(10,2)` or `MAP<STRING, INT>`. */
export function readTypeText(reader: Reader): string {
  const parts = [reader.readWord()];
  if (reader.peek()?.text === '(') parts.push('(', ...reader.readBrackets().map((token) => token.text), ')');
  if (reader.peek()?.text !== '<') return parts.join(' ');
  let depth = 0;
  do {
    const token = reader.take();
    if (token.text === '<') depth += 1;
    if (token.text === '>') depth -= 1;
    // a struct without fields is written STRUCT<>
    if (token.text === '<>') continue;
    parts.push(token.text);
  } while (depth > 0);
  return parts.join(' ');
}

/** The text of a column in DuckDB's CREATE TABLE. */
export function columnText(column: ColumnDefinition, sequence: string | undefined): string {
  const value =
    column.identity && sequence !== undefined
      ? ` DEFAULT nextval('${sequence.replaceAll("'", "''")}')`
      : column.default === undefined
        ? ''
        : ` DEFAULT ${column.default}`;
  return `${quoteName(column.name)} ${column.type}${value}${column.notNull ? ' NOT NULL' : ''}`;
}

function readGenerated(reader: Reader, column: ColumnDefinition, environment: Environment): void {
  const always = reader.eat('ALWAYS');
  if (!always) reader.expect('BY', 'DEFAULT');
  reader.expect('AS');
  if (reader.eat('IDENTITY')) {
    column.identity = true;
    column.always = always;
    if (reader.peek()?.text === '(') column.counts = identityCounts(reader.readBrackets());
    return;
  }
  column.default = `(${rewrite(reader.readBrackets(), environment)})`;
}

// START WITH n INCREMENT BY m, as DuckDB writes it too
function identityCounts(tokens: Token[]): string {
  const reader = createReader(tokens);
  const number = () => `${reader.eatSymbol('-') ? '-' : ''}${reader.readNumber()}`;
  let [start, step] = ['1', '1'];
  while (!reader.done)
    if (reader.eat('START', 'WITH')) start = number();
    else {
      reader.expect('INCREMENT', 'BY');
      step = number();
    }
  const bounds =
    Number(step) < 0 ? 'MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807' : 'MINVALUE -9223372036854775808';
  return `START WITH ${start} INCREMENT BY ${step} ${bounds}`;
}

function readExpression(reader: Reader, environment: Environment): string {
  const tokens: Token[] = [];
  let depth = 0;
  while (!reader.done) {
    const token = reader.peek() as Token;
    if (depth === 0 && (token.text === ',' || reader.at('COMMENT') || reader.at('NOT', 'NULL'))) break;
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    tokens.push(reader.take());
  }
  const compiler = createCompiler(environment, new Map());
  return compiler.expression(parseExpression(tokens), emptyScope()).sql;
}

function skipToComma(reader: Reader): void {
  while (!reader.done && reader.peek()?.text !== ',') {
    if (reader.peek()?.text === '(') reader.readBrackets();
    else reader.take();
  }
}
