import { inputError } from '../../../connector/errors.ts';

/** Catalog, schema and table. */
const FULL_PARTS = 3;

/** A name as SQL takes it whatever is in it: in backticks, with backticks inside doubled. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/**
 * The name of a table, `table`, `schema.table` or `catalog.schema.table`, with each part quoted. A part that holds a dot
 * is in backticks.
 * @throws ConnectorError ERR_INPUT_INVALID
 */
export function quoteTable(name: string, pointer: string): string {
  const parts = splitTableName(name);
  if (parts === undefined || parts.length > 3) {
    throw inputError(pointer, `is not a table name: "${name}"; use catalog.schema.table`);
  }
  return parts.map(quoteIdentifier).join('.');
}

/**
 * As `quoteTable`, of a name that has its catalog: what a shorter name means depends on the workspace and its warehouse.
 * @throws ConnectorError ERR_INPUT_INVALID
 */
export function quoteFullTable(name: string, pointer: string): string {
  const quoted = quoteTable(name, pointer);
  if (splitTableName(name)?.length === FULL_PARTS) return quoted;
  throw inputError(pointer, `is not a full name: "${name}"; use catalog.schema.table`);
}

/** The parts of a table's name without their backticks; `undefined` when it is none. */
export function splitTableName(name: string): string[] | undefined {
  const parts = splitName(name);
  return parts?.some((part) => part === '' || /[\x00-\x1f\x7f]/.test(part)) ? undefined : parts;
}

/** A table's name for people: only parts that need them are in backticks. */
export function writeTableName(parts: string[]): string {
  return parts.map((part) => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(part) ? part : quoteIdentifier(part))).join('.');
}

function splitName(name: string): string[] | undefined {
  const parts: string[] = [];
  const part = /\s*(?:`((?:[^`]|``)*)`|([^`.\s]+))\s*(\.|$)/y;
  while (part.lastIndex < name.length || parts.length === 0) {
    const match = part.exec(name);
    if (match === null) return undefined;
    parts.push(match[1]?.replaceAll('``', '`') ?? match[2]!);
    if (match[3] === '') return part.lastIndex === name.length ? parts : undefined;
    if (part.lastIndex === name.length) return undefined; // Ends with a dot.
  }
  return parts;
}
