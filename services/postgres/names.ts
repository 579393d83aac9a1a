/** A name as SQL takes it whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table of an input. */
export function quoteTable({ schema = 'public', table }: { schema?: unknown; table?: unknown }): string {
  return `${quoteName(String(schema))}.${quoteName(String(table))}`;
}
