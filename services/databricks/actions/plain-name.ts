import { inputError } from '../../../connector/errors.ts';
import { splitTableName } from './sql-names.ts';

/**
 * Unity Catalog's REST operations take names without backticks and would not find another: a name that was written for SQL
 * loses them here, so that one name works everywhere.
 * @throws ConnectorError ERR_INPUT_INVALID for a part that holds a dot, which such a name cannot say
 */
export function withPlainName(input: unknown): unknown {
  const name = (input as { full_name?: unknown } | null | undefined)?.full_name;
  if (typeof name !== 'string' || !name.includes('`')) return input;
  const parts = splitTableName(name);
  if (parts === undefined || parts.some((part) => part.includes('.')))
    throw inputError('/full_name', `cannot be requested by this name: "${name}"; use its parts without backticks`);
  return { ...(input as object), full_name: parts.join('.') };
}
