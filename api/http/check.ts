import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';

/** A checked value with its defaults. @throws ConnectorError ERR_INPUT_INVALID with every validation error */
export type Check = (value: unknown) => unknown;

/** Compiles the check of a body; no body counts as `{}`, so that what is missing is named. */
export function compileBody(schema: JsonObject): Check {
  const compiled = compileSchema(schema);
  return (body) => compiled.check(body === undefined ? {} : body, 'the body');
}

/** Compiles the check of query parameters: text that a number or boolean is wanted from is read as one first. */
export function compileQuery(properties: JsonObject): Check {
  const compiled = compileSchema({ type: 'object', additionalProperties: false, properties });
  const read = Object.entries(properties).flatMap(([name, schema]) => {
    const reader = READERS[(schema as JsonObject).type as string];
    return reader === undefined ? [] : [{ name, reader }];
  });
  const objects = Object.keys(properties).filter((name) => (properties[name] as JsonObject).type === 'object');
  return (query) => {
    const values: Record<string, unknown> = { ...(query as Record<string, unknown>) };
    for (const name of objects) gather(values, name);
    for (const { name, reader } of read) {
      const text = values[name];
      if (typeof text === 'string') values[name] = reader(text);
    }
    return compiled.check(values, 'the query');
  };
}

/** Puts `name[key]=value` together under the name, as OpenAPI's `deepObject` writes an object. */
function gather(values: Record<string, unknown>, name: string): void {
  const parts = Object.keys(values).filter((each) => each.startsWith(`${name}[`) && each.endsWith(']'));
  if (parts.length === 0) return;
  values[name] = Object.fromEntries(parts.map((part) => [part.slice(name.length + 1, -1), values[part]]));
  for (const part of parts) delete values[part];
}

/** What cannot be read stays text, for the schema to refuse with what was given. */
const READERS: Record<string, (text: string) => unknown> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};
