import { quoteName } from '../database.ts';
import type { Expr } from './compile/ast.ts';
import { castSql } from './compile/cast.ts';
import { parseExpression } from './compile/parse-query.ts';
import { createCompiler } from './compile/query.ts';
import { emptyScope, sourceOf } from './compile/scope.ts';
import { type KeyDefinition, readKey, readTableConstraint, type TableConstraint } from './constraints.ts';
import { unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { parseType } from './read-type.ts';
import { createReader, type Reader } from './reader.ts';
import type { Environment } from './session.ts';
import { sourceText } from './source-text.ts';
import { columnCarrier, type SparkType } from './spark-type.ts';
import type { ColumnFacts } from './table-facts.ts';

/** A column as CREATE TABLE or ALTER TABLE declares it. */
export interface ColumnDefinition {
  name: string;
  /** DuckDB's type. */
  type: string;
  spark: SparkType;
  notNull: boolean;
  comment?: string;
  /** DuckDB's text of the default. */
  default?: string;
  generated?: Expr;
  key?: KeyDefinition;
  facts: ColumnFacts;
}

/** What stands between the brackets of CREATE TABLE. */
export interface Declaration {
  columns: ColumnDefinition[];
  constraints: TableConstraint[];
}

/** Reads `(a INT NOT NULL COMMENT 'x', CONSTRAINT k PRIMARY KEY (a), …)`. */
export function readColumns(tokens: Token[], environment: Environment): Declaration {
  const reader = createReader(tokens);
  const made: Declaration = { columns: [], constraints: [] };
  while (!reader.done) {
    const constraint = readTableConstraint(reader, environment);
    if (constraint !== undefined) made.constraints.push(constraint);
    else made.columns.push(readColumn(reader, environment));
    if (!reader.eatSymbol(',')) reader.end();
  }
  return made;
}

/** Reads one column. */
export function readColumn(reader: Reader, environment: Environment): ColumnDefinition {
  const name = reader.readWord();
  reader.eatSymbol(':');
  const text = readTypeText(reader);
  const length = lengthOf(text);
  const facts: ColumnFacts = length === undefined ? {} : { length };
  const spark = parseType(text);
  const column: ColumnDefinition = { name, type: columnCarrier(spark), spark, notNull: false, facts };
  for (;;) {
    if (reader.eat('NOT', 'NULL')) column.notNull = true;
    else if (reader.eat('NULL')) column.notNull = false;
    else if (reader.eat('COMMENT')) column.comment = reader.readText();
    else if (reader.eat('DEFAULT')) readDefault(reader, column, environment);
    else if (reader.eat('GENERATED')) readGenerated(reader, column);
    else if (reader.eat('COLLATE')) {
      const name = reader.readName().at(-1) ?? '';
      if (name.toUpperCase() !== 'UTF8_BINARY') throw unsupported(`the collation ${name}`);
    } else if (reader.at('MASK')) throw unsupported('column masks');
    else {
      const key = readKey(reader, [name], environment);
      if (key === undefined) return column;
      column.key = key;
    }
  }
}

/** The length of `VARCHAR(10)` or `CHAR(5)`. */
export function lengthOf(type: string): ColumnFacts['length'] {
  const found = /^(varchar|char|character) ?\( ?(\d+) ?\)$/i.exec(type);
  if (found === null) return undefined;
  return { kind: found[1]?.toLowerCase() === 'varchar' ? 'varchar' : 'char', most: Number(found[2]) };
}

/** The text of the type that comes next, such as `DECIMAL(10,2)` or `MAP<STRING, INT>`. */
export function readTypeText(reader: Reader): string {
  const parts = [reader.readWord()];
  if (parts[0]?.toUpperCase() === 'INTERVAL')
    while (/^(?:YEAR|MONTH|DAY|HOUR|MINUTE|SECOND|TO)$/.test(reader.peek()?.value ?? '')) parts.push(reader.readWord());
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

/** The texts of columns in DuckDB's CREATE TABLE; a generated one is computed from the others whenever it is read. */
export function columnTexts(
  columns: ColumnDefinition[],
  sequence: string | undefined,
  environment: Environment,
): string[] {
  const plain = columns.filter((column) => column.generated === undefined);
  const scope = emptyScope();
  const source = sourceOf(
    [],
    '',
    plain.map(({ name, spark }) => ({ name, type: spark })),
  );
  for (const field of source.fields) field.sql = field.sql.replace('.', '');
  scope.sources.push(source);
  return columns.map((column) => {
    const start = `${quoteName(column.name)} ${column.type}`;
    const notNull = column.notNull ? ' NOT NULL' : '';
    if (column.generated !== undefined) {
      const { sql, type } = createCompiler(environment, new Map()).expression(column.generated, scope);
      return `${start} GENERATED ALWAYS AS (${castSql(sql, type, column.spark)}) VIRTUAL`;
    }
    if (column.facts.identity !== undefined && sequence !== undefined)
      return `${start} DEFAULT nextval('${sequence.replaceAll("'", "''")}')${notNull}`;
    return `${start}${column.default === undefined ? '' : ` DEFAULT ${column.default}`}${notNull}`;
  });
}

/** `START WITH n INCREMENT BY m` as DuckDB's sequence has it. */
export function sequenceCounts({ start, step }: { start: number; step: number }): string {
  const bounds =
    step < 0 ? 'MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807' : 'MINVALUE -9223372036854775808';
  return `START WITH ${start} INCREMENT BY ${step} ${bounds}`;
}

function readGenerated(reader: Reader, column: ColumnDefinition): void {
  const always = reader.eat('ALWAYS');
  if (!always) reader.expect('BY', 'DEFAULT');
  reader.expect('AS');
  if (reader.eat('IDENTITY')) {
    const counts = reader.peek()?.text === '(' ? identityCounts(reader.readBrackets()) : { start: 1, step: 1 };
    column.facts.identity = { always, ...counts };
    column.notNull = true;
    return;
  }
  const tokens = reader.readBrackets();
  column.generated = parseExpression(tokens);
  column.facts.generated = sourceText(tokens);
}

function identityCounts(tokens: Token[]): { start: number; step: number } {
  const reader = createReader(tokens);
  const number = () => (reader.eatSymbol('-') ? -1 : 1) * reader.readNumber();
  const counts = { start: 1, step: 1 };
  while (!reader.done)
    if (reader.eat('START', 'WITH')) counts.start = number();
    else {
      reader.expect('INCREMENT', 'BY');
      counts.step = number();
    }
  return counts;
}

const AFTER_DEFAULT: string[][] = [
  ['COMMENT'],
  ['NOT', 'NULL'],
  ['CONSTRAINT'],
  ['PRIMARY', 'KEY'],
  ['COLLATE'],
  ['MASK'],
  ['AFTER'],
  ['FIRST'],
];

function readDefault(reader: Reader, column: ColumnDefinition, environment: Environment): void {
  const tokens: Token[] = [];
  let depth = 0;
  while (!reader.done) {
    const token = reader.peek() as Token;
    if (depth === 0 && (token.text === ',' || AFTER_DEFAULT.some((words) => reader.at(...words)))) break;
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    tokens.push(reader.take());
  }
  const { sql, type } = createCompiler(environment, new Map()).expression(parseExpression(tokens), emptyScope());
  column.default = castSql(sql, type, column.spark);
  column.facts.default = sourceText(tokens);
}
