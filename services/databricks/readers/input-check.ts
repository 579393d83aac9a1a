import type { ValidationError } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import { queryErrors } from '../../../triggers/table/input-check.ts';
import { splitTableName, writeTableName } from '../actions/sql-names.ts';

const NAME_PARTS = 3;

/** An input with the names of tables written in one way: a part that SQL would not take as it is in backticks. */
export function withTableName(input: JsonObject): JsonObject {
  const parts = typeof input.table === 'string' ? splitTableName(input.table) : undefined;
  return parts === undefined ? input : { ...input, table: writeTableName(parts) };
}

/** What the schema of a trigger cannot say of its input: a table's name without its catalog, a query that cuts its own result. */
export function inputErrors(input: JsonObject): ValidationError[] {
  if (typeof input.table !== 'string' || splitTableName(input.table)?.length === NAME_PARTS) return queryErrors(input);
  const message = `"${input.table}" is not a full name: use catalog.schema.table, with a part that contains a dot in backticks`;
  return [{ pointer: '/table', message }, ...queryErrors(input)];
}
