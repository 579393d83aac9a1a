import type { Action, Effect } from '../connector/manifest.ts';
import type { ActionCall } from './call.ts';

const METHOD_EFFECTS: { [method: string]: Effect } = {
  GET: 'safe',
  HEAD: 'safe',
  PUT: 'idempotent',
  DELETE: 'idempotent',
};

/** The effect of one call: the manifest's, except where the service says that the input decides. */
export function effectOf({ id, manifest, connector }: Action, input: unknown): Effect {
  return connector.service.effectOf?.(id, input) ?? manifest.effect;
}

/** The effect of an HTTP request that a caller wrote (RFC 9110, 9.2). */
export function effectOfMethod(method = 'GET'): Effect {
  return METHOD_EFFECTS[method] ?? 'once';
}

/** What an operator can do about a run whose outcome is unknown: what the service knows, else to look there. */
export function unknownHint(action: Action, call: Pick<ActionCall, 'run' | 'input'>): string {
  const known = action.connector.service.unknownHint?.(action, call);
  if (known !== undefined) return known;
  return `Look in the service whether "${action.manifest.title}" happened before you run it again; this run is ${call.run.id}.`;
}
