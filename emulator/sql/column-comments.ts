import { quoteName, quoteText } from '../database.ts';
import type { FullName } from '../unity/names.ts';
import type { Session } from './session.ts';

/** Keeps the comments of a table's or view's columns, where there are any. */
export async function commentColumns(
  session: Session,
  full: FullName,
  columns: { name: string; comment?: string }[],
): Promise<void> {
  for (const { name, comment } of columns)
    if (comment !== undefined)
      await session.connection.run(
        `COMMENT ON COLUMN ${session.unity.duckTable(full)}.${quoteName(name)} IS ${quoteText(comment)}`,
      );
}
