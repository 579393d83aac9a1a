import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../../../connector/manifest.ts';

/** GitHub's own description of its REST API (OpenAPI 3.0). */
const FILE = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');

interface Parameter {
  in: 'path' | 'query' | 'header';
  name: string;
  required?: boolean;
  schema: JsonObject;
}

/** One operation, with the checks of what goes in and out. */
export interface Operation {
  method: string;
  template: string;
  /** The values of the path of a request, when it is of this operation. */
  match(path: string): { [name: string]: string } | undefined;
  queryErrors(query: URLSearchParams): string[];
  bodyErrors(body: unknown): string[];
  answerErrors(status: number, body: unknown): string[];
  /** The smallest answer that its schema allows, with telling values in place. */
  answer(status: number, values: JsonObject): JsonObject;
}

/** The operations of the description with these ids. @throws when there is none with an id */
export function readOperations(ids: readonly string[]): Operation[] {
  const whole = JSON.parse(readFileSync(FILE, 'utf8')) as JsonObject;
  const paths = whole.paths as { [path: string]: { [method: string]: JsonObject } };
  const found = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => ids.includes(String(operation.operationId)))
      .map(([method, operation]) => toOperation(whole, { template, method: method.toUpperCase(), operation })),
  );
  if (found.length !== ids.length) throw new Error(`the description has ${found.length} of ${ids.length} operations`);
  return found;
}

function toOperation(
  whole: JsonObject,
  { template, method, operation }: { template: string; method: string; operation: JsonObject },
): Operation {
  const parameters = ((operation.parameters ?? []) as JsonObject[]).map(
    (each) => resolve(whole, each) as unknown as Parameter,
  );
  const query = parameters.filter((each) => each.in === 'query');
  const pattern = new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
  const given = resolve(whole, (operation.requestBody ?? {}) as JsonObject);
  const bodySchema = schemaOf(given);
  const checks = new Map<JsonObject, ValidateFunction>();
  const errorsOf = (schema: JsonObject, value: unknown): string[] => {
    let check = checks.get(schema);
    if (check === undefined) {
      check = compile(whole, schema);
      checks.set(schema, check);
    }
    return check(value) ? [] : check.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  const answerSchema = (status: number): JsonObject | undefined => {
    const answer = (operation.responses as { [status: string]: JsonObject })[status];
    if (answer === undefined) throw new Error(`${method} ${template} has no answer ${status}`);
    return schemaOf(resolve(whole, answer));
  };
  return {
    method,
    template,
    match: (path) => {
      const groups = pattern.exec(path)?.groups;
      return (
        groups &&
        Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(String(value))]))
      );
    },
    queryErrors: (asked) => [
      ...[...asked].flatMap(([name, value]) => {
        const known = query.find((each) => each.name === name);
        if (known === undefined) return [`there is no query parameter "${name}"`];
        return errorsOf(known.schema, typedAs(resolve(whole, known.schema), value));
      }),
      ...query.filter(({ name, required }) => required === true && !asked.has(name)).map(({ name }) => `no "${name}"`),
    ],
    bodyErrors(body) {
      if (bodySchema === undefined) return body === undefined ? [] : ['the operation takes no body'];
      if (body === undefined) return given.required === true ? ['the body is missing'] : [];
      const known = Object.keys((bodySchema.properties ?? {}) as JsonObject);
      const unknown = Object.keys(body as object).filter((name) => known.length > 0 && !known.includes(name));
      return [...unknown.map((name) => `there is no field "${name}"`), ...errorsOf(bodySchema, body)];
    },
    answerErrors(status, body) {
      const schema = answerSchema(status);
      if (schema === undefined) return body === undefined ? [] : ['the answer has no body'];
      return errorsOf(schema, body);
    },
    answer: (status, values) => ({ ...(smallest(whole, answerSchema(status)!) as JsonObject), ...values }),
  };
}

function schemaOf(part: JsonObject): JsonObject | undefined {
  const content = part.content as { [type: string]: { schema: JsonObject } } | undefined;
  return content?.['application/json']?.schema;
}

/** A schema that lists what it refers to beside it, and no more: the whole description takes seconds to walk. */
function compile(whole: JsonObject, schema: JsonObject): ValidateFunction {
  const components = { schemas: {} as JsonObject, parameters: {} as JsonObject };
  const collect = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    const { $ref } = value as { $ref?: unknown };
    if (typeof $ref === 'string') {
      const name = $ref.split('/').at(-1)!;
      if (components.schemas[name] !== undefined) return;
      components.schemas[name] = resolve(whole, value as JsonObject);
      collect(components.schemas[name]);
      return;
    }
    for (const item of Object.values(value)) collect(item);
  };
  collect(schema);
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return ajv.compile({ ...schema, components });
}

function resolve(whole: JsonObject, value: JsonObject): JsonObject {
  if (typeof value.$ref !== 'string') return value;
  const steps = value.$ref.slice(2).split('/');
  const target = steps.reduce<unknown>((at, step) => (at as JsonObject)[step], whole);
  return resolve(whole, target as JsonObject);
}

function typedAs({ type }: JsonObject, text: string): unknown {
  if (type === 'integer' || type === 'number') return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}

function smallest(whole: JsonObject, given: JsonObject): unknown {
  const schema = resolve(whole, given);
  if (schema.nullable === true) return null;
  if (schema.enum !== undefined) return (schema.enum as unknown[])[0];
  const [part] = (schema.oneOf ?? schema.anyOf ?? schema.allOf ?? []) as JsonObject[];
  if (part !== undefined) return smallest(whole, part);
  switch (schema.type) {
    case 'object': {
      const properties = (schema.properties ?? {}) as { [name: string]: JsonObject };
      const required = (schema.required ?? []) as string[];
      return Object.fromEntries(required.map((name) => [name, smallest(whole, properties[name]!)]));
    }
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return false;
    default:
      return schema.format === 'date-time' ? '2026-01-02T03:04:05Z' : 'text';
  }
}
