import type { JsonObject } from '../../connector/manifest.ts';
import { type ExpressionScope, expressionsOf, parseExpression, readNames } from './expressions.ts';

/** The properties of an input that take a list. */
export function listProperties(schema: JsonObject): string[] {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  return Object.keys(properties).filter((name) => properties[name]?.type === 'array');
}

/** Puts lists under the names in `lists` of an input that was made of `template`; see `asList`. */
export function keepLists(
  input: Record<string, unknown>,
  template: Record<string, unknown>,
  by: { lists: readonly string[]; scope: ExpressionScope },
): void {
  for (const name of by.lists) {
    const list = asList(input[name], template[name], by.scope);
    if (list !== undefined) input[name] = list;
  }
}

/**
 * The value of an expression at a place that takes a list. JSONata gives a list of one as its item, and an empty one as
 * nothing, so a filter would give a list on some days and none on others: it gives one here. What stands under a plain name
 * is left as it is, because there it is no list.
 */
function asList(value: unknown, template: unknown, scope: ExpressionScope): unknown {
  if (Array.isArray(value) || value === null || typeof template !== 'string') return value;
  const [only] = expressionsOf(template);
  if (only?.isWhole !== true) return value;
  const { path, isPath } = parseExpression(only.source);
  if (path !== undefined && readNames(path, scope).found) return value;
  if (value === undefined) return isPath ? [] : undefined;
  return [value];
}
