import { type Fact, type FactGroup, type FactSchema, isInt64, referenceOf } from './facts.ts';
import { requestFields } from './input.ts';

/**
 * Every field that the REST request has, as `tasks[].task_key:string!`: path, type, `!` when it is required. The test that
 * holds the manifests to them needs no facts then. A definition inside itself ends with `...`.
 */
export function requestPaths(fact: Fact, group: FactGroup): string[] {
  const paths: string[] = [];
  const required = new Set([
    ...(fact.body?.required ?? []),
    ...[...fact.pathParams, ...fact.query].filter((item) => item.required).map((item) => item.name),
  ]);
  for (const [name, schema] of requestFields(fact))
    walk(schema, name, { paths, group, stack: [], isRequired: required.has(name) });
  return paths;
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
