import { stringifyAtEdge } from '../connector/json.ts';
import type { Json } from './client.ts';
import type { Call, OptionSpec } from './command.ts';
import { option } from './command.ts';
import { print, type Shell } from './shell.ts';
import { table } from './table.ts';

/** Options of every list. */
export const PAGE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--limit <count>', text: 'maximum number of items' },
  { flags: '--cursor <cursor>', text: 'cursor from the end of the previous page' },
];

/** Prints an answer as JSON for `--json`, else as `show` does. */
export function printAnswer(call: Call, answer: Json, show: (answer: Json) => void): void {
  if (call.isJson) print(call.shell, stringifyAtEdge(answer));
  else show(answer);
}

/** Asks for one page of a list and prints it as a table of `columns`, with how to continue when there is more. */
export async function printList(
  call: Call,
  path: string,
  list: { query?: Record<string, string | undefined>; columns: Record<string, (item: Json) => unknown>; none: string },
): Promise<void> {
  const query = { ...list.query, limit: option(call, 'limit'), cursor: option(call, 'cursor') };
  const answer = await call.client.call('GET', path, { query });
  printAnswer(call, answer, ({ items, next_cursor }) => {
    const rows = (items as Json[]).map((item) => Object.values(list.columns).map((read) => read(item)));
    if (rows.length > 0) for (const line of table(call.shell, Object.keys(list.columns), rows)) print(call.shell, line);
    else if (!next_cursor) print(call.shell, list.none);
    if (next_cursor) print(call.shell, `More: --cursor ${next_cursor}`);
  });
}

/** Prints fields as `name  value` lines; fields without a value are left out, nested ones are JSON. */
export function printFields(shell: Shell, fields: Record<string, unknown>): void {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  const width = Math.max(0, ...given.map(([name]) => name.length));
  for (const [name, value] of given)
    print(shell, `${name.padEnd(width)}  ${typeof value === 'object' ? stringifyAtEdge(value) : value}`);
}

/** JSON over several lines, 64-bit integers as strings of their digits. */
export function indentedJson(value: unknown): string {
  return JSON.stringify(JSON.parse(stringifyAtEdge(value ?? null)), null, 2);
}
