import { readdirSync, readFileSync } from 'node:fs';

/**
 * One field in a table of emulator/schema: the name of a type, or the type with its bounds.
 * `!` at the end marks a required field, `?` one that may be null, `[T]` a list, `{T}` a map; a capital names another table.
 */
export type Field = string | Bounded;

/** A type with bounds. */
export interface Bounded {
  type: string;
  pattern?: string;
  enum?: string[];
  min?: number;
  max?: number;
  max_length?: number;
  max_items?: number;
}

/** Fields of a message, by name. */
export type Fields = Record<string, Field>;

/** What one operation takes and answers. */
export interface Operation {
  path?: Fields;
  query?: Fields;
  body?: Fields | string;
  answer?: Fields | string;
}

/** One file of emulator/schema. */
export interface Table {
  operations: Record<string, Operation>;
  types: Record<string, Fields | string[] | string>;
}

/** The tables of emulator/schema, each operation with the types of its own file. */
export interface Schemas {
  operation(method: string, template: string): { operation: Operation; types: Table['types'] } | undefined;
}

const FOLDER = new URL('./schema/', import.meta.url);

let loaded: Map<string, { operation: Operation; types: Table['types'] }> | undefined;

/** Reads every table of emulator/schema; the files are read once in a process. */
export function loadSchemas(): Schemas {
  if (loaded === undefined) {
    loaded = new Map();
    for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.json'))) {
      const table = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Table;
      for (const [key, operation] of Object.entries(table.operations))
        loaded.set(key, { operation, types: table.types });
    }
  }
  const operations = loaded;
  return { operation: (method, template) => operations.get(`${method} ${template}`) };
}
