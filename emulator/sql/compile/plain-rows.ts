import { quoteText } from '../../database.ts';
import { asDecimal } from '../common-type.ts';
import type { Token } from '../lexer.ts';
import { parseType } from '../read-type.ts';
import { isFractional, isIntegral, type SparkType } from '../spark-type.ts';
import type { ColumnFacts } from '../table-facts.ts';
import { literalDate, literalTimestamp } from './datetime.ts';
import type { OutputColumn } from './output-column.ts';

/** One literal: DuckDB's text if its column takes it as it is. */
interface Literal {
  kind: 'null' | 'int' | 'decimal' | 'string' | 'boolean' | 'date' | 'timestamp';
  text: string;
}

const DIGITS: Record<string, number> = { tinyint: 2, smallint: 4, int: 9, bigint: 18 };

/**
 * `VALUES (1, 'a'), …` as DuckDB's text, when every cell is a literal that its column holds without a cast; undefined otherwise.
 * Inserts of many rows are written so: they need neither a parser nor types.
 */
export function plainRows(tokens: Token[], columns: OutputColumn[], facts: ColumnFacts[]): string | undefined {
  if (tokens[0]?.kind !== 'word' || tokens[0].value !== 'VALUES') return undefined;
  if (facts.some((fact) => fact.length !== undefined)) return undefined;
  const rows: string[] = [];
  let at = 1;
  const symbol = (text: string) => tokens[at]?.kind === 'symbol' && tokens[at]?.text === text;
  for (;;) {
    if (!symbol('(')) return undefined;
    at += 1;
    const cells: string[] = [];
    for (const column of columns) {
      const [literal, next] = readLiteral(tokens, at);
      const cell = literal === undefined ? undefined : fit(literal, column.type);
      if (cell === undefined) return undefined;
      cells.push(cell);
      at = next;
      if (cells.length < columns.length) {
        if (!symbol(',')) return undefined;
        at += 1;
      }
    }
    if (!symbol(')')) return undefined;
    at += 1;
    rows.push(`(${cells.join(', ')})`);
    if (at === tokens.length) return `VALUES ${rows.join(', ')}`;
    if (!symbol(',')) return undefined;
    at += 1;
  }
}

function readLiteral(tokens: Token[], at: number): [literal: Literal | undefined, next: number] {
  const token = tokens[at];
  if (token === undefined) return [undefined, at];
  if (token.kind === 'symbol' && token.text === '-' && tokens[at + 1]?.kind === 'number') {
    const [number] = readLiteral(tokens, at + 1);
    return [number === undefined ? undefined : { ...number, text: `-${number.text}` }, at + 2];
  }
  if (token.kind === 'number') {
    if (/^\d+$/.test(token.text)) return [{ kind: 'int', text: token.text }, at + 1];
    return [/^\d+\.\d+$/.test(token.text) ? { kind: 'decimal', text: token.text } : undefined, at + 1];
  }
  if (token.kind === 'string') {
    const follows = tokens[at + 1]?.kind === 'string';
    return [follows ? undefined : { kind: 'string', text: token.value }, at + 1];
  }
  if (token.kind === 'raw') return [bound(token), at + 1];
  if (token.kind !== 'word') return [undefined, at];
  if (token.value === 'NULL') return [{ kind: 'null', text: 'NULL' }, at + 1];
  if (token.value === 'TRUE' || token.value === 'FALSE') return [{ kind: 'boolean', text: token.value }, at + 1];
  const next = tokens[at + 1];
  if (next?.kind === 'string' && (token.value === 'DATE' || token.value === 'TIMESTAMP'))
    return [{ kind: token.value === 'DATE' ? 'date' : 'timestamp', text: next.value }, at + 2];
  return [undefined, at];
}

// a bound parameter whose text is sure to be of its type
function bound(token: Token): Literal | undefined {
  if (token.isNull) return { kind: 'null', text: 'NULL' };
  const type = parseType(token.type ?? 'VOID');
  if (
    isIntegral(type) &&
    /^-?\d{1,18}$/.test(token.value) &&
    token.value.replace('-', '').length <= (DIGITS[type.k] ?? 0)
  )
    return { kind: 'int', text: token.value };
  if (type.k === 'boolean' && /^(?:true|false)$/i.test(token.value)) return { kind: 'boolean', text: token.value };
  if (type.k === 'date' || type.k === 'timestamp') return { kind: type.k, text: token.value };
  return undefined;
}

function fit({ kind, text }: Literal, type: SparkType): string | undefined {
  switch (kind) {
    case 'null':
      return 'NULL';
    case 'string':
      return type.k === 'string' ? quoteText(text) : undefined;
    case 'boolean':
      return type.k === 'boolean' ? text : undefined;
    case 'date':
      return type.k === 'date' ? `DATE '${literalDate(text, 0)}'` : undefined;
    case 'timestamp':
      return type.k === 'timestamp' ? `TIMESTAMP '${literalTimestamp(text, false, 0)}'` : undefined;
    default: {
      const [whole = '', fraction = ''] = text.replace('-', '').split('.');
      if (kind === 'int' && isIntegral(type)) return whole.length <= (DIGITS[type.k] as number) ? text : undefined;
      if (type.k === 'decimal') {
        const { p, s } = asDecimal(type);
        return whole.length <= p - s && fraction.length <= s ? text : undefined;
      }
      return isFractional(type) && type.k === 'double' && text.length <= 16 ? text : undefined;
    }
  }
}
