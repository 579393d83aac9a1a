import { inputError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import type { Transaction } from './transaction.ts';

/** Of pg_type: an array. */
const ARRAY = 'A';

/**
 * The texts of parameters as the server reads them. An object is JSON; a list is an array or JSON, by the type that the statement gives
 * it, for which the server is asked.
 */
export async function parameterTexts(
  transaction: Transaction,
  statement: string,
  parameters: readonly unknown[],
): Promise<(string | null)[]> {
  const hasList = parameters.some(Array.isArray);
  const categories = hasList ? await categoriesOf(transaction, statement) : [];
  return parameters.map((value, i) => {
    if (value === null || value === undefined) return null;
    if (Array.isArray(value) && categories[i] === ARRAY) return arrayText(value, `/parameters/${i}`);
    return typeof value === 'object' ? stringifyJson(value) : String(value);
  });
}

async function categoriesOf({ client }: Transaction, statement: string): Promise<string[]> {
  // In the protocol that takes one statement only.
  const prepare = { text: `PREPARE penstock_parameters AS ${statement}`, queryMode: 'extended' };
  await client.query(prepare);
  const { rows } = await client.query<{ category: string }>(
    `SELECT t.typcategory AS category
     FROM pg_prepared_statements p, unnest(p.parameter_types::oid[]) WITH ORDINALITY AS u(oid, place)
     JOIN pg_type t ON t.oid = u.oid
     WHERE p.name = 'penstock_parameters' ORDER BY u.place`,
  );
  await client.query('DEALLOCATE penstock_parameters');
  return rows.map(({ category }) => category);
}

/** `{"a","b",NULL,{…}}`; every item but NULL and lists in quotes, which no type minds. */
function arrayText(list: readonly unknown[], pointer: string): string {
  const items = list.map((item, i) => {
    if (item === null || item === undefined) return 'NULL';
    if (Array.isArray(item)) return arrayText(item, `${pointer}/${i}`);
    const text = typeof item === 'object' ? stringifyJson(item) : String(item);
    if (text.includes('\0'))
      throw inputError(`${pointer}/${i}`, 'contains a NUL character, which PostgreSQL does not store');
    return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${items.join(',')}}`;
}
