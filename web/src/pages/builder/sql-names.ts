import type { QueryClient } from '@tanstack/react-query';
import { listTriggerOptions } from 'penstock-client';
import { fullNameOf, sqlName, sqlPlaceAt, tablesIn } from '../../builder/sql.ts';
import { ask } from '../../data/api-error.ts';

/** A name that can stand in a statement. */
export interface SqlName {
  label: string;
  apply: string;
  detail: string;
}

export interface SqlSource {
  queries: QueryClient;
  connector: string;
  account: string;
  /** What stands beside the statement. */
  catalog: string | undefined;
  schema: string | undefined;
}

/** A question for the choices of a field of a trigger. */
interface Question {
  field: string;
  input: Readonly<Record<string, string>>;
  search?: string;
}

/** How the names of a connector's database are asked for: they are the choices of a trigger that reads its tables. */
interface Database {
  trigger: string;
  /** What the parts of a full name are. */
  levels: readonly string[];
  /** The names below others. */
  below(parents: readonly string[]): Question;
  /** The columns of a table by its full name. */
  columns(table: readonly string[]): Question;
  /** What a name without parents is below, beside what it names at the root. */
  home(source: SqlSource): readonly string[];
  /** A name as it is written. */
  written(name: string): string;
}

const DATABASES: Readonly<Record<string, Database>> = {
  databricks: {
    trigger: 'databricks.incremental_sync',
    levels: ['catalog', 'schema', 'table'],
    below: (parents) => ({ field: '/table', input: {}, search: parents.join('.') }),
    columns: (table) => ({ field: '/cursor_column', input: { table: table.join('.') } }),
    home: ({ catalog, schema }) => (catalog === undefined ? [] : schema === undefined ? [catalog] : [catalog, schema]),
    written: (name) => sqlName(name, '`'),
  },
  postgres: {
    trigger: 'postgres.new_or_changed_rows',
    levels: ['schema', 'table'],
    below: ([schema]): Question =>
      schema === undefined ? { field: '/schema', input: {} } : { field: '/table', input: { schema } },
    columns: (table) => ({ field: '/cursor_column', input: { schema: table.at(-2) ?? '', table: table.at(-1) ?? '' } }),
    home: () => ['public'],
    written: (name) => sqlName(name, '"'),
  },
};
const PAGE = 100;
const MAX_PAGES = 10;
const FRESH_MS = 300_000;

/** Names and columns that fit at a place; where the account cannot list them, there are none. */
export async function sqlNamesAt(source: SqlSource, sql: string, at: number): Promise<SqlName[]> {
  const place = sqlPlaceAt(sql, at);
  const database = DATABASES[source.connector];
  if (place?.kind !== 'name' || database === undefined) return [];
  const { parents } = place;
  const home = database.home(source);
  // A name that is being typed after FROM is none yet.
  const tables = tablesIn(`${sql.slice(0, place.start)}${sql.slice(at)}`);
  const named = parents.length === 0 ? tables : tables.filter((table) => isNamedBy(table, parents));
  const columns = await Promise.all(
    named.map(({ name }) => columnsOf(source, database, fullNameOf(name, home, database.levels.length))),
  );
  const own = columns.flat();
  if (parents.length >= database.levels.length || (named.length > 0 && parents.length > 0)) return own;
  const [below, beside] = await Promise.all([
    namesBelow(source, database, parents),
    parents.length === 0 && home.length > 0 ? namesBelow(source, database, home) : [],
  ]);
  return [...own, ...beside, ...below];
}

function isNamedBy({ name, alias }: { name: string; alias: string | undefined }, parents: readonly string[]): boolean {
  const by = parents.join('.');
  return by === alias || by === name || (parents.length === 1 && name.split('.').at(-1) === by);
}

async function namesBelow(source: SqlSource, database: Database, parents: readonly string[]): Promise<SqlName[]> {
  const items = await choicesOf(source, database, database.below(parents));
  const detail = database.levels[parents.length] ?? '';
  return items.map(({ value, label }) => {
    const name = label === '' ? (String(value).split('.').at(-1) ?? '') : label;
    return { label: name, apply: database.written(name), detail };
  });
}

async function columnsOf(source: SqlSource, database: Database, table: readonly string[]): Promise<SqlName[]> {
  if (table.length < database.levels.length) return [];
  const items = await choicesOf(source, database, database.columns(table));
  return items.map(({ value, label }) => ({
    label: String(value),
    apply: database.written(String(value)),
    detail: label,
  }));
}

interface Item {
  value?: unknown;
  label: string;
}

/** All pages of the choices of a field, within bounds; kept for five minutes. */
async function choicesOf(source: SqlSource, { trigger }: Database, question: Question): Promise<Item[]> {
  const { queries, account } = source;
  const load = async (signal: AbortSignal) => {
    const items: Item[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { field, input, search = '' } = question;
      const body = {
        field,
        input: { ...input },
        linked_account: account,
        limit: PAGE,
        ...(search === '' ? {} : { search }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const { items: more, next_cursor } = await ask(listTriggerOptions({ path: { id: trigger }, body, signal }));
      items.push(...more);
      cursor = next_cursor ?? undefined;
      if (cursor === undefined) break;
    }
    return items;
  };
  try {
    return await queries.fetchQuery({
      queryKey: ['sql-names', trigger, account, question],
      queryFn: ({ signal }) => load(signal),
      staleTime: FRESH_MS,
      retry: false,
    });
  } catch {
    return []; // A table that is not there, or one that the account may not see, has no columns to offer.
  }
}
