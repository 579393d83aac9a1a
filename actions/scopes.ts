import { inputError } from '../connector/errors.ts';
import type { Action } from '../connector/manifest.ts';
import type { Scopes } from '../connector/template.ts';
import type { ActionCall, RunOptions } from './call.ts';
import { splitTableName } from './sql-names.ts';

/** What the templates of an action may read before the first answer. */
export function scopesOf(action: Action, call: ActionCall): Scopes {
  return {
    input: withPlainName(call.input),
    options: withDefaults(action, call.options),
    run: call.run,
    account: call.account,
  };
}

/**
 * Unity Catalog's REST operations take names without backticks and would not find another: a name that was written for SQL
 * loses them here, so that one name works everywhere.
 * @throws ConnectorError ERR_INPUT_INVALID for a part that holds a dot, which such a name cannot say
 */
function withPlainName(input: unknown): unknown {
  const name = (input as { full_name?: unknown } | null | undefined)?.full_name;
  if (typeof name !== 'string' || !name.includes('`')) return input;
  const parts = splitTableName(name);
  if (parts === undefined || parts.some((part) => part.includes('.')))
    throw inputError('/full_name', `cannot be requested by this name: "${name}"; use its parts without backticks`);
  return { ...(input as object), full_name: parts.join('.') };
}

/** A caller inside the engine (a trigger) may give no options; the manifest's defaults hold for it as well. */
function withDefaults(action: Action, options: RunOptions): RunOptions {
  const properties = (action.manifest.options?.properties ?? {}) as Record<string, { default?: unknown }>;
  const filled: Record<string, unknown> = { ...options };
  for (const name in properties) filled[name] ??= properties[name]!.default;
  return filled as RunOptions;
}
