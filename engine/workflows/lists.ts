import type { JsonObject } from '../../connector/manifest.ts';
import type { Owner } from '../expression-threads/expressions.ts';
import { readNames } from '../expressions/plain-path.ts';
import type { ExpressionScope } from '../expressions/scope.ts';
import { occurrencesOf } from '../expressions/template.ts';
import type { Context } from '../runs/context.ts';

/** An input that was made of a template. */
export interface Filled {
  input: Record<string, unknown>;
  template: Record<string, unknown>;
  lists: readonly string[];
  scope: ExpressionScope;
  owner: Owner;
}

/** The properties of an input that take a list. */
export function listProperties(schema: JsonObject): string[] {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  return Object.keys(properties).filter((name) => properties[name]?.type === 'array');
}

/** Puts lists under the names in `lists` of the input; see `asList`. */
export async function keepLists(ctx: Context, of: Filled): Promise<void> {
  for (const name of of.lists) {
    const list = await asList(ctx, name, of);
    if (list !== undefined) of.input[name] = list;
  }
}

/**
 * The value of an expression at a place that takes a list. JSONata gives a list of one as its item, and an empty one as
 * nothing, so a filter would give a list on some days and none on others: it gives one here. What stands under a plain name
 * is left as it is, because there it is no list.
 */
async function asList(ctx: Context, name: string, { input, template: inputs, scope, owner }: Filled): Promise<unknown> {
  const [value, template] = [input[name], inputs[name]];
  if (Array.isArray(value) || value === null || typeof template !== 'string') return value;
  const [only] = occurrencesOf(template);
  if (only?.isWhole !== true) return value;
  const { path, isPath } = await ctx.expressions.parse(only.source, owner);
  if (path !== undefined && readNames(path, scope).found) return value;
  if (value === undefined) return isPath ? [] : undefined;
  return [value];
}
