import { isSame } from '../data/json.ts';
import { type JsonObject, resolve, type Schema } from './schema.ts';

/** The value of a field, or its default where it has none. */
function effective(root: Schema, schema: Schema, value: JsonObject, name: string): unknown {
  return value[name] ?? resolve(root, schema.properties?.[name] ?? {}).default;
}

/** Whether `x-ui.when` of a field holds: each named neighbor has one of the values. */
export function isAsked(root: Schema, schema: Schema, value: JsonObject, field: Schema): boolean {
  return Object.entries(field['x-ui']?.when ?? {}).every(([name, values]) =>
    values.some((each) => isSame(each, effective(root, schema, value, name))),
  );
}

/** The fields that an object must have, given what it has: `required`, and those of `if`/`then`, `allOf`, `dependentRequired`. */
export function requiredOf(root: Schema, schema: Schema, value: JsonObject): ReadonlySet<string> {
  const holds = (part: Schema): boolean => {
    const { required = [], properties = {}, allOf = [], anyOf, not } = part;
    return (
      required.every((name) => effective(root, schema, value, name) !== undefined) &&
      Object.entries(properties).every(([name, field]) => {
        const given = effective(root, schema, value, name);
        if (given === undefined) return true;
        if ('const' in field && !isSame(field.const, given)) return false;
        return field.enum === undefined || field.enum.some((each) => isSame(each, given));
      }) &&
      allOf.every(holds) &&
      (anyOf === undefined || anyOf.some(holds)) &&
      (not === undefined || !holds(not))
    );
  };
  const names = new Set(schema.required);
  for (const part of [schema, ...(schema.allOf ?? [])]) {
    if (part !== schema) for (const name of part.required ?? []) names.add(name);
    if (part.if !== undefined && holds(part.if)) for (const name of part.then?.required ?? []) names.add(name);
    for (const [name, others] of Object.entries(part.dependentRequired ?? {})) {
      if (value[name] !== undefined) for (const other of others) names.add(other);
    }
  }
  return names;
}
