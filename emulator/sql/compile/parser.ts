import type { SqlError } from '../error.ts';
import type { Reader } from '../reader.ts';
import type { Expr, Order, Query, Window } from './ast.ts';

/** A parser of expressions over tokens; `query` reads a subquery. */
export interface Parser {
  reader: Reader;
  expression(): Expr;
  /** One operand: a name, a literal, a call or brackets. */
  primary(): Expr;
  /** An operand of a comparison: arithmetic and bits. */
  operand(): Expr;
  /** A comparison, without AND, OR, NOT and predicates. */
  comparison(): Expr;
  /** A sum, as the bound of a frame is. */
  sum(): Expr;
  list(): Expr[];
  orders(): Order[];
  window(): Window;
  query: () => Query;
  /** Whether a symbol, or a keyword, comes next, or so many tokens later. */
  symbol(text: string, ahead?: number): boolean;
  word(word: string, ahead?: number): boolean;
  /** Offset of the next token. */
  place(): number;
  expectSymbol(text: string): void;
  isQuery(): boolean;
  refuse(what: string, at: number): SqlError;
}
