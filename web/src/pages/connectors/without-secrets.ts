import { isObject, type JsonObject, resolve, type Schema } from '../../forms/schema.ts';

/** What the API shows in place of a secret, and refuses as one. */
const HIDDEN = '[secret]';

/** An input to be shown and copied: its secrets are replaced. */
export function withoutSecrets(root: Schema, input: JsonObject): JsonObject {
  return hide(root, root, input) as JsonObject;
}

function hide(root: Schema, given: Schema, value: unknown): unknown {
  const schema = resolve(root, given);
  if (schema.writeOnly === true && value !== undefined && value !== null) return HIDDEN;
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const through = parts.reduce((inner, part) => hide(root, part, inner), value);
  if (Array.isArray(through)) return through.map((item) => hide(root, schema.items ?? {}, item));
  if (!isObject(through)) return through;
  const extra = isObject(schema.additionalProperties) ? (schema.additionalProperties as Schema) : {};
  return Object.fromEntries(
    Object.entries(through).map(([name, inner]) => {
      const field = schema.properties ?? {};
      return [name, hide(root, Object.hasOwn(field, name) ? field[name]! : extra, inner)];
    }),
  );
}
