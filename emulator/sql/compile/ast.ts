import type { SparkType } from '../spark-type.ts';

/** An expression; `at` is its offset in the statement. */
export type Expr =
  | { k: 'literal'; type: SparkType; value: string | null; at: number }
  | { k: 'column'; parts: string[]; at: number }
  | { k: 'star'; qualifier: string[]; except: string[]; at: number }
  | Call
  | { k: 'cast'; e: Expr; type: SparkType; attempt: boolean; at: number }
  | { k: 'binary'; op: string; l: Expr; r: Expr; at: number }
  | { k: 'unary'; op: '-' | '+' | '~' | 'NOT'; e: Expr; at: number }
  | { k: 'is'; e: Expr; what: string; not: boolean; other?: Expr; at: number }
  | { k: 'in'; e: Expr; list?: Expr[]; query?: Query; not: boolean; at: number }
  | { k: 'between'; e: Expr; low: Expr; high: Expr; not: boolean; at: number }
  | { k: 'like'; op: string; e: Expr; patterns: Expr[]; quantifier?: string; escape?: string; not: boolean; at: number }
  | { k: 'case'; operand?: Expr; whens: { when: Expr; then: Expr }[]; otherwise?: Expr; at: number }
  | { k: 'lambda'; params: string[]; body: Expr; at: number }
  | { k: 'index'; e: Expr; i: Expr; at: number }
  | { k: 'field'; e: Expr; name: string; at: number }
  | { k: 'path'; e: Expr; path: string; name: string; at: number }
  | { k: 'query'; query: Query; at: number }
  | { k: 'exists'; query: Query; at: number }
  | { k: 'tuple'; items: Expr[]; at: number }
  | { k: 'named'; name: string; e: Expr; at: number };

/** A call of a function. */
export interface Call {
  k: 'call';
  name: string;
  args: Expr[];
  distinct: boolean;
  filter?: Expr;
  ignoreNulls: boolean;
  orderBy: Order[];
  over?: Window | string;
  at: number;
}

export interface Order {
  e: Expr;
  desc: boolean;
  nulls?: 'FIRST' | 'LAST';
}

export interface Window {
  base?: string;
  partition: Expr[];
  order: Order[];
  frame?: { unit: string; from: Bound; to?: Bound };
}

export interface Bound {
  kind: string;
  e?: Expr;
}

export interface Query {
  recursive: boolean;
  ctes: { name: string; columns: string[]; query: Query }[];
  body: Body;
  order: Order[];
  limit?: Expr;
  offset?: Expr;
  at: number;
}

export type Body =
  | Select
  | { k: 'values'; rows: Expr[][]; at: number }
  | { k: 'nested'; query: Query; at: number }
  | { k: 'set'; op: string; all: boolean; l: Body; r: Body; at: number };

export interface Item {
  e: Expr;
  aliases: string[];
}

export interface Select {
  k: 'select';
  distinct: boolean;
  items: Item[];
  from: From[];
  laterals: LateralView[];
  where?: Expr;
  group?: { kind: 'list' | 'all' | 'ROLLUP' | 'CUBE' | 'GROUPING SETS'; items: Expr[]; sets: Expr[][] };
  having?: Expr;
  qualify?: Expr;
  windows: { name: string; window: Window }[];
  at: number;
}

export interface LateralView {
  outer: boolean;
  call: Call;
  alias: string;
  columns: string[];
}

export type From =
  | {
      k: 'table';
      parts: string[];
      alias?: string;
      columns: string[];
      version?: { kind: string; value: string };
      at: number;
    }
  | { k: 'sub'; query: Query; alias?: string; columns: string[]; lateral: boolean; at: number }
  | { k: 'function'; call: Call; alias?: string; columns: string[]; at: number }
  | {
      k: 'pivot';
      from: From;
      aggregates: Item[];
      on: Expr[];
      values: { items: Expr[]; alias?: string }[];
      alias?: string;
      columns: string[];
      at: number;
    }
  | {
      k: 'unpivot';
      from: From;
      includeNulls: boolean;
      name: string;
      values: string[];
      sets: { items: Expr[]; alias?: string }[];
      alias?: string;
      columns: string[];
      at: number;
    }
  | { k: 'sample'; from: From; rows?: number; percent?: number; at: number }
  | { k: 'join'; type: string; l: From; r: From; on?: Expr; using?: string[]; natural: boolean; at: number };
