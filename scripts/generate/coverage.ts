import { type Fact, type FactGroup, type FactSchema, isInt64, referenceOf } from './facts.ts';
import { requestFields } from './input.ts';

/** What the REST request of an operation is, for the tests that hold a manifest to it without the facts. */
export interface Coverage {
  method: string;
  path: string;
  in_path: string[];
  query: string[];
  body: string[];
}

/**
 * Method, path and every field of a REST request. A field is written as `tasks[].task_key:string!`: path, type, `!` when
 * it is required; a definition inside itself ends with `...`.
 */
export function requestCoverage(fact: Fact, group: FactGroup): Coverage {
  const { method, path } = fact;
  const isBody = (name: string) => fact.body?.properties !== undefined && name in fact.body.properties;
  const isPath = (name: string) => fact.pathParams.some((parameter) => parameter.name === name);
  const coverage: Coverage = { method, path, in_path: [], query: [], body: [] };
  for (const [name, schema] of requestFields(fact)) {
    const paths = isPath(name) ? coverage.in_path : isBody(name) ? coverage.body : coverage.query;
    walk(schema, name, { paths, group, stack: [], isRequired: isRequired(fact, name) });
  }
  return coverage;
}

function isRequired(fact: Fact, name: string): boolean {
  const parameter = [...fact.pathParams, ...fact.query].find((item) => item.name === name);
  return Boolean(parameter?.required) || Boolean(fact.body?.required?.includes(name));
}

interface Walk {
  paths: string[];
  group: FactGroup;
  stack: string[];
  isRequired: boolean;
}

function walk(schema: FactSchema, path: string, state: Walk): void {
  const { schema: resolved, name } = resolve(schema, state.group);
  state.paths.push(`${path}:${typeOf(resolved)}${state.isRequired ? '!' : ''}`);
  if (name !== undefined && state.stack.includes(name)) {
    state.paths.push(`${path}...`);
    return;
  }
  const stack = name === undefined ? state.stack : [...state.stack, name];
  inside(resolved, path, { ...state, stack });
}

function inside(schema: FactSchema, path: string, state: Walk): void {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    walk(property, `${path}.${key}`, { ...state, isRequired: schema.required?.includes(key) ?? false });
  }
  const below: [string, FactSchema | undefined][] = [
    ['[]', schema.items],
    ['.*', schema.additionalProperties],
  ];
  for (const [suffix, part] of below)
    if (part !== undefined) walk(part, path + suffix, { ...state, isRequired: false });
}

function resolve(schema: FactSchema, group: FactGroup): { schema: FactSchema; name?: string } {
  const name = referenceOf(schema);
  return name === undefined ? { schema } : { schema: group.definitions[name]!, name };
}

function typeOf(schema: FactSchema): string {
  if (schema.enum !== undefined) return `enum(${schema.enum.join('|')})`;
  if (isInt64(schema)) return 'int64';
  return schema.type === undefined ? 'any' : [schema.type].flat().join('|');
}
