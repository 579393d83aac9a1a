import type { Action } from '../connector/manifest.ts';
import type { Scopes } from '../connector/template.ts';
import type { ActionCall, RunOptions } from './call.ts';

/** What the templates of an action may read before the first answer. */
export function scopesOf(action: Action, call: ActionCall): Scopes {
  return {
    input: action.connector.service.prepareInput?.(call.input) ?? call.input,
    options: withDefaults(action, call.options),
    run: call.run,
    account: call.account,
  };
}

/** A caller inside the engine (a trigger) may give no options; the manifest's defaults hold for it as well. */
function withDefaults(action: Action, options: RunOptions): RunOptions {
  const properties = (action.manifest.options?.properties ?? {}) as Record<string, { default?: unknown }>;
  const filled: Record<string, unknown> = { ...options };
  for (const name in properties) filled[name] ??= properties[name]!.default;
  return filled as RunOptions;
}
