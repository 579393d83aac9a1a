import { ConnectorError } from '../../connector/errors.ts';
import type { Paging } from './schemas.ts';

/** One page of a list that is whole in memory, in a fixed order. The cursor is the id of the last item seen. */
export function pageOf<T extends { id: string }>(
  all: readonly T[],
  { limit, cursor }: Paging,
): { items: T[]; next_cursor: string | null } {
  const last = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  // Ids are in order, so that a page continues where the last one ended also after an item went.
  const rest = last === undefined ? all : all.filter(({ id }) => id > last);
  if (last !== undefined && !/^[\w.-]+$/.test(last)) throw unknownCursor(cursor!);
  const items = rest.slice(0, limit);
  return { items, next_cursor: rest.length > limit ? Buffer.from(items.at(-1)!.id).toString('base64url') : null };
}

/** The error of a cursor that another list gave, or nobody. */
export function unknownCursor(cursor: string): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `cursor "${cursor}" is not valid for this list`, {
    hint: 'Send the next_cursor of the previous page, or omit it to start at the first page.',
    errors: [
      { pointer: '/cursor', message: 'is not a cursor of this list; send the next_cursor of the previous page' },
    ],
  });
}
