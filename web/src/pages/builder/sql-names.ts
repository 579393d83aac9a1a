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

/**
 * Fields of a trigger whose choices are the names of the connector's database: what is below a parent, and the columns of a table.
 */
const FIELDS: Readonly<Record<string, { trigger: string; names: string; columns: string; table: string }>> = {
  databricks: { trigger: 'databricks.incremental_sync', names: '/table', columns: '/cursor_column', table: 'table' },
};
const PAGE = 100;
const MAX_PAGES = 10;
const FRESH_MS = 300_000;
const LEVELS = ['catalog', 'schema', 'table'];

/** Names and columns that fit at a place; where the account cannot list them, there are none. */
export async function sqlNamesAt(source: SqlSource, sql: string, at: number): Promise<SqlName[]> {
  const place = sqlPlaceAt(sql, at);
  if (place?.kind !== 'name' || FIELDS[source.connector] === undefined) return [];
  const { parents } = place;
  // A name that is being typed after FROM is none yet.
  const tables = tablesIn(`${sql.slice(0, place.from)}${sql.slice(at)}`);
  const named = parents.length === 0 ? tables : tables.filter((table) => isNamedBy(table, parents));
  const columns = await Promise.all(named.map(({ name }) => columnsOf(source, fullNameOf(name, source))));
  const own = columns.flat();
  if (parents.length > 2 || (named.length > 0 && parents.length > 0)) return own;
  const [below, beside] = await Promise.all([
    namesBelow(source, parents),
    parents.length === 0 && source.catalog !== undefined
      ? namesBelow(source, [source.catalog, ...(source.schema === undefined ? [] : [source.schema])])
      : [],
  ]);
  return [...own, ...beside, ...below];
}

function isNamedBy({ name, alias }: { name: string; alias: string | undefined }, parents: readonly string[]): boolean {
  const by = parents.join('.');
  return by === alias || by === name || (parents.length === 1 && name.split('.').at(-1) === by);
}

async function namesBelow(source: SqlSource, parents: readonly string[]): Promise<SqlName[]> {
  const items = await choicesOf(source, FIELDS[source.connector]!.names, {}, parents.join('.'));
  const detail = LEVELS[parents.length] ?? '';
  return items.map(({ value, label }) => {
    const name = label === '' ? (String(value).split('.').at(-1) ?? '') : label;
    return { label: name, apply: sqlName(name), detail };
  });
}

async function columnsOf(source: SqlSource, table: string): Promise<SqlName[]> {
  const fields = FIELDS[source.connector]!;
  const items = await choicesOf(source, fields.columns, { [fields.table]: table }, '');
  return items.map(({ value, label }) => ({ label: String(value), apply: sqlName(String(value)), detail: label }));
}

interface Item {
  value?: unknown;
  label: string;
}

/** All pages of the choices of a field, within bounds; kept for five minutes. */
async function choicesOf(source: SqlSource, field: string, input: object, search: string): Promise<Item[]> {
  const { queries, connector, account } = source;
  const load = async (signal: AbortSignal) => {
    const items: Item[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const body = {
        field,
        input: { ...input },
        linked_account: account,
        limit: PAGE,
        ...(search === '' ? {} : { search }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const { items: more, next_cursor } = await ask(
        listTriggerOptions({ path: { id: FIELDS[connector]!.trigger }, body, signal }),
      );
      items.push(...more);
      cursor = next_cursor ?? undefined;
      if (cursor === undefined) break;
    }
    return items;
  };
  try {
    return await queries.fetchQuery({
      queryKey: ['sql-names', connector, account, field, input, search],
      queryFn: ({ signal }) => load(signal),
      staleTime: FRESH_MS,
      retry: false,
    });
  } catch {
    return []; // A table that is not there, or one that the account may not see, has no columns to offer.
  }
}
