import type { Json, JsonObject } from '../../connector/manifest.ts';
import { resolveRef } from '../../connector/normalize.ts';

/** Beyond 2^53, so that a rounded digit shows. */
export const BIG_ID = '9007199254740993';
/** Everything that must be encoded in a path or query. */
export const ODD_TEXT = 'a/b?c#d%e é 日本&x=y+z';

export type Variant = 'full' | 'empty';

/**
 * A value with every field of a schema: `full` with telling texts and numbers, `empty` with false, 0, "" and [] where the
 * schema allows them. A definition inside itself stops at its second level.
 */
export function sample(root: JsonObject, variant: Variant, skip: string[] = []): JsonObject {
  const value = sampleOf({ root, variant, stack: [] }, root) as JsonObject;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !skip.includes(name)));
}

interface Context {
  root: JsonObject;
  variant: Variant;
  stack: string[];
}

function sampleOf(context: Context, schema: JsonObject): Json {
  const ref = schema.$ref;
  if (typeof ref === 'string') {
    if (context.stack.filter((item) => item === ref).length > 1) return {};
    const target = resolveRef(context.root, ref) as JsonObject;
    return sampleOf({ ...context, stack: [...context.stack, ref] }, target);
  }
  if (schema.enum !== undefined) return (schema.enum as Json[])[0]!;
  if (schema.const !== undefined) return schema.const;
  const type = [schema.type].flat()[0];
  switch (type) {
    case 'object':
      return sampleObject(context, schema);
    case 'array':
      return context.variant === 'empty' && schema.minItems === undefined
        ? []
        : [sampleOf(context, (schema.items ?? {}) as JsonObject)];
    case 'boolean':
      return context.variant === 'full';
    case 'integer':
    case 'number':
      return sampleNumber(schema, context.variant);
    case 'string':
      return sampleText(schema, context.variant);
    default:
      return context.variant === 'full' ? { any: [1, 'x', null] } : '';
  }
}

function sampleObject(context: Context, schema: JsonObject): JsonObject {
  const properties = Object.entries((schema.properties ?? {}) as JsonObject);
  // At the depth limit only what is required; a recursive definition would continue forever.
  const isDeep = context.stack.length > new Set(context.stack).size;
  const required = (schema.required ?? []) as string[];
  const value: JsonObject = {};
  for (const [name, property] of properties) {
    if (!isDeep || required.includes(name)) value[name] = sampleOf(context, property as JsonObject);
  }
  if (typeof schema.additionalProperties === 'object' && context.variant === 'full') {
    value['a key'] = sampleOf(context, schema.additionalProperties as JsonObject);
  }
  return value;
}

function sampleNumber(schema: JsonObject, variant: Variant): number {
  const least = (schema.minimum as number | undefined) ?? 0;
  const most = (schema.maximum as number | undefined) ?? Number.MAX_SAFE_INTEGER;
  return variant === 'empty' ? Math.min(Math.max(0, least), most) : Math.min(Math.max(17, least), most);
}

function sampleText(schema: JsonObject, variant: Variant): string {
  if (schema.format === 'int64') return variant === 'full' ? BIG_ID : '0';
  if (schema.pattern !== undefined) return (schema.examples as string[])[0]!;
  const least = (schema.minLength as number | undefined) ?? 0;
  if (variant === 'empty') return 'x'.repeat(least);
  return ODD_TEXT.slice(0, (schema.maxLength as number | undefined) ?? ODD_TEXT.length);
}
