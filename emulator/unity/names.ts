import { quoteName } from '../database.ts';

/** The three parts of a table's, view's or volume's name, in lower case as Unity Catalog keeps them. */
export interface FullName {
  catalog: string;
  schema: string;
  name: string;
}

/** `catalog.schema.name`. */
export function fullNameText(full: FullName): string {
  return `${full.catalog}.${full.schema}.${full.name}`;
}

/** Completes a name of one to three parts with the current catalog and schema; undefined when it has more. */
export function resolveName(parts: string[], current: { catalog: string; schema: string }): FullName | undefined {
  const [name, schema, catalog] = parts.map((part) => part.toLowerCase()).reverse();
  if (name === undefined || parts.length > 3) return undefined;
  return { catalog: catalog ?? current.catalog.toLowerCase(), schema: schema ?? current.schema.toLowerCase(), name };
}

/** Splits `a.b.c` as the REST API gives it. */
export function splitFullName(text: string, parts: number): string[] | undefined {
  const split = text.toLowerCase().split('.');
  return split.length === parts && split.every((part) => part !== '') ? split : undefined;
}

/** A name for DuckDB's SQL. */
export function duckPath(parts: string[]): string {
  return parts.map(quoteName).join('.');
}
