import type { ValidationError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Position } from '../position.ts';
import type { Warning } from '../warning.ts';
import { queryLimits } from './query-limits.ts';
import { normalType } from './sql-types.ts';

/** Of days: from so many seconds on, no day that is held back is still active somewhere on earth. */
const CLOSED_DAY_SECONDS = 129_600;

/** What the schema of a trigger cannot say of its query: that it cuts its own result. */
export function queryErrors(input: JsonObject): ValidationError[] {
  if (typeof input.query !== 'string' || !queryLimits(input.query).has('result')) return [];
  const message =
    'limits its own result (LIMIT, OFFSET, FETCH or TABLESAMPLE), so rows beyond that would never be delivered; remove it, because page_size limits a batch';
  return [{ pointer: '/query', message }];
}

/** What a person should know of a source that was read: of its input with the types of its columns, and of what happened to the table. */
export function positionWarnings(input: JsonObject, position: Position | null): Warning[] {
  const { types, replaced } = position?.at ?? {};
  const type = types === undefined ? undefined : (JSON.parse(types) as string[])[0];
  const warnings = inputWarnings(type === undefined ? input : { ...input, cursor_type: type });
  if (replaced === undefined) return warnings;
  const message = `the table was replaced at ${replaced} and contains the row of the cursor: rows after it are delivered, rows before it count as delivered; reset the cursor to read all rows again`;
  return [...warnings, { pointer: '/trigger/input/table', code: 'table_replaced', message }];
}

/** What a person should know of an input that is accepted. */
function inputWarnings(input: JsonObject): Warning[] {
  const at = (field: string, code: string, message: string): Warning => ({
    pointer: `/trigger/input/${field}`,
    code,
    message,
  });
  const warnings: Warning[] = [];
  if (typeof input.query === 'string' && queryLimits(input.query).has('part')) {
    const message = 'a part of the query limits its result; rows beyond that are not delivered';
    warnings.push(at('query', 'query_limit', message));
  }
  if (typeof input.cursor_type === 'string' && normalType(input.cursor_type) === 'DATE') {
    const isHeld = Number(input.lag_seconds ?? 0) >= CLOSED_DAY_SECONDS;
    const message = isHeld
      ? `rows of a day are held back until it is over everywhere (lag_seconds is ${String(input.lag_seconds)}), and then delivered once`
      : 'rows of a day that is not over everywhere on earth are delivered at once; at each check the day is compared, and read again when rows came with a lower key: each row is delivered once. lag_seconds of 129600 holds the day back instead';
    warnings.push(at('cursor_type', 'day_cursor', message));
  }
  return warnings;
}
