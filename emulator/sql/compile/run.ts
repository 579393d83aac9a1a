import type { DuckDBConnection } from '@duckdb/node-api';
import { SqlError } from '../error.ts';
import type { Token } from '../lexer.ts';
import { fromDuck } from '../read-type.ts';
import type { Environment, ResultQuery, Session } from '../session.ts';
import { TIMESTAMP } from '../spark-type.ts';
import type { Call, Expr, From, Query } from './ast.ts';
import type { Compiled, Relations } from './output-column.ts';
import { parseQuery } from './parse-query.ts';
import { type Compiler, createCompiler } from './query.ts';
import { relationText } from './relation-text.ts';
import { bodyOf, findFunction } from './user-functions.ts';

/** Columns of relations, kept until something changes them. */
interface Memory {
  columns: Relations;
  generation: number;
}
const memories = new WeakMap<object, Memory>();

function memoryOf(unity: object): Memory {
  const known = memories.get(unity);
  if (known !== undefined) return known;
  const made: Memory = { columns: new Map(), generation: 0 };
  memories.set(unity, made);
  return made;
}

/** Forgets the columns of every relation: a statement may have changed them. */
export function forgetRelations(unity: object): void {
  const memory = memoryOf(unity);
  memory.generation += 1;
  memory.columns.clear();
}

/** Parses a query, and answers what translates it against the tables as they are when it runs. */
export function prepareQuery(tokens: Token[], environment: Environment): (session: Session) => Promise<ResultQuery> {
  return prepareParsed(parseQuery(tokens), environment);
}

/** The same for a query that is parsed already. */
export function prepareParsed(query: Query, environment: Environment): (session: Session) => Promise<ResultQuery> {
  noteSleeps(query, environment);
  return (session) => compileWith(session, query, (compiler): Compiled => compiler.query(query));
}

/** Runs a compilation with the columns of every relation that a tree names. */
export async function compileWith<T>(
  session: Session,
  tree: unknown,
  work: (compiler: Compiler, relations: Relations) => T,
): Promise<T> {
  const relations: Relations = new Map();
  const memory = memoryOf(session.unity);
  for (const from of relationsOf(tree, session)) {
    if (from.k === 'function' && findFunction(from.call.name, session) !== undefined) continue;
    const text = tryText(from, session);
    if (text === undefined || relations.has(text)) continue;
    const known = memory.columns.get(text);
    if (known !== undefined) {
      relations.set(text, known);
      continue;
    }
    const { generation } = memory;
    const columns = await columnsOf(session.connection, text, from.k === 'table');
    if (columns === undefined) continue;
    // Files with zoned times hold TIMESTAMP.
    if (from.k === 'function' && from.call.name === 'read_files')
      for (const column of columns) if (column.type.k === 'timestamp_ntz') column.type = TIMESTAMP;
    relations.set(text, columns);
    if (from.k === 'table' && memory.generation === generation && !text.startsWith('('))
      memory.columns.set(text, columns);
  }
  return work(createCompiler(session, relations), relations);
}

// a name may be that of a CTE: the compiler finds out, and complains of what is neither
function tryText(from: From & ({ k: 'table' } | { k: 'function' }), session: Session): string | undefined {
  try {
    return relationText(from, session);
  } catch (error) {
    if (from.k === 'table' && from.parts.length === 1 && error instanceof SqlError) return undefined;
    throw error;
  }
}

async function columnsOf(connection: DuckDBConnection, text: string, maybe: boolean) {
  try {
    const prepared = await connection.prepare(`SELECT * FROM ${/^\s*SELECT/i.test(text) ? `(${text})` : text}`);
    try {
      return Array.from({ length: prepared.columnCount }, (_, index) => ({
        name: prepared.columnName(index),
        type: fromDuck(prepared.columnType(index)),
      }));
    } finally {
      prepared.destroySync();
    }
  } catch (error) {
    if (maybe && /does not exist|Catalog Error/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** Functions may call functions so deep. */
const MAX_CALLS = 20;

function* relationsOf(
  node: unknown,
  session: Session,
  depth = 0,
): Generator<From & ({ k: 'table' } | { k: 'function' })> {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) {
    for (const item of node) yield* relationsOf(item, session, depth);
    return;
  }
  const from = node as From;
  if (from.k === 'table' && Array.isArray(from.parts)) yield from;
  if (from.k === 'function') yield from;
  const called = node as Call;
  const meta = called.k === 'call' ? findFunction(called.name, session) : undefined;
  if (meta?.routine_body === 'SQL' && depth < MAX_CALLS) yield* relationsOf(bodyOf(meta), session, depth + 1);
  for (const [name, child] of Object.entries(node))
    if (name !== 'type' || typeof child === 'string') yield* relationsOf(child, session, depth);
}

/** Adds up what `emulator_sleep(n)` asks for. @throws SqlError for what is no number of seconds */
export function noteSleeps(node: unknown, environment: Environment): void {
  if (node === null || typeof node !== 'object') return;
  const call = node as Call;
  if (call.k === 'call' && call.name === 'emulator_sleep') {
    const arg = call.args[0] as Expr | undefined;
    const literal = arg?.k === 'cast' ? arg.e : arg;
    const seconds = literal?.k === 'literal' && literal.value !== null ? Number(literal.value) : Number.NaN;
    if (!Number.isFinite(seconds) || seconds < 0)
      throw new SqlError('INVALID_PARAMETER_VALUE', '22023', 'emulator_sleep takes a number of seconds.');
    environment.sleepSeconds += seconds;
  }
  for (const child of Object.values(node)) noteSleeps(child, environment);
}
