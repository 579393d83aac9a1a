import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A schema as the facts write it: JSON Schema with `#/definitions/X` references and `$comment: "int64"`. */
export interface FactSchema {
  $ref?: string;
  $comment?: string;
  type?: string | string[];
  format?: string;
  enum?: string[];
  items?: FactSchema;
  properties?: { [name: string]: FactSchema };
  additionalProperties?: FactSchema;
  required?: string[];
  allOf?: FactSchema[];
  deprecated?: boolean;
  [keyword: string]: unknown;
}

export interface FactParameter extends FactSchema {
  name: string;
  required: never;
  style?: string;
}

/** One REST operation as the facts describe it. */
export interface Fact {
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  pathParams: FactParameter[];
  query: FactParameter[];
  body: FactSchema | null;
  response: FactSchema | null;
  responseIsEmpty?: boolean;
}

/** The operations of one group and what their schemas refer to. */
export interface FactGroup {
  operations: Map<string, Fact>;
  definitions: { [name: string]: FactSchema };
}

/** Reads one group's facts, the related operations included. */
export async function readFacts(folder: string, group: string): Promise<FactGroup> {
  const facts = JSON.parse(await readFile(join(folder, `${group}.json`), 'utf8'));
  const all: Fact[] = [...facts.operations, ...(facts.relatedOperations ?? [])];
  return { operations: new Map(all.map((fact) => [fact.id, fact])), definitions: facts.definitions };
}

/** The name of the definition that a schema refers to, also where the reference stands alone in `allOf`. */
export function referenceOf(schema: FactSchema): string | undefined {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined);
  return typeof ref === 'string' ? ref.slice('#/definitions/'.length) : undefined;
}

/** Whether the facts mark a 64-bit integer. */
export function isInt64(schema: FactSchema): boolean {
  return schema.$comment === 'int64' || (schema.format === 'int64' && schema.type === 'integer');
}
