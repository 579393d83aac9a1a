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
  return (query) => {
    const values: Record<string, unknown> = { ...(query as Record<string, unknown>) };
    for (const { name, reader } of read) {
      const text = values[name];
      if (typeof text === 'string') values[name] = reader(text);
    }
    return compiled.check(values, 'the query');
  };
}

/** What cannot be read stays text, for the schema to refuse with what was given. */
const READERS: Record<string, (text: string) => unknown> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};
