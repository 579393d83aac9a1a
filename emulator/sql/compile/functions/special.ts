import { quoteName } from '../../../database.ts';
import { arrayOf, mapOf, type SparkType, STRING } from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { refuse, unexpected } from '../complaints.ts';
import type { Typed } from '../scope.ts';
import type { Tools } from '../tools.ts';
import type { Build } from './define.ts';

/** Functions by name, or names with |: the least and the most number of arguments, and what builds a call. */
export type Specials = Record<string, [least: number, most: number, build: Build]>;

export const at = (args: Typed[], index: number): Typed => args[index] as Typed;

export const array = (value: Typed, what: string): SparkType => {
  if (value.type.k === 'array') return value.type.e;
  throw unexpected(value, arrayOf(STRING), what);
};

export const map = (value: Typed, what: string): { key: SparkType; value: SparkType } => {
  if (value.type.k === 'map') return value.type;
  throw unexpected(value, mapOf(STRING, STRING), what);
};

export const constant = (e: Expr | undefined, what: string, call: Expr): string => {
  if (e?.k === 'literal' && e.value !== null) return e.value;
  if (e?.k === 'cast' && e.e.k === 'literal' && e.e.value !== null) return e.e.value;
  throw refuse(`${what} that is no literal`, call);
};

export const typed = (sql: string, type: SparkType) => ({ sql, type });

export const hexText = (value: Typed, tools: Tools): string =>
  value.type.k === 'binary' ? value.sql : tools.coerce(value, STRING).sql;

export const field = (name: string, sql: string) => `${quoteName(name)} := ${sql}`;

export const notNull = (sqls: string[], then: string) =>
  `CASE WHEN ${sqls.map((sql) => `${sql} IS NULL`).join(' OR ')} THEN NULL ELSE ${then} END`;
