import type { Action, Effect } from '../connector/manifest.ts';

const METHOD_EFFECTS: { [method: string]: Effect } = {
  GET: 'safe',
  HEAD: 'safe',
  PUT: 'idempotent',
  DELETE: 'idempotent',
};

/** The effect of one call: the manifest's, except for the free HTTP request, where the method decides (RFC 9110, 9.2). */
export function effectOf(action: Action, input: unknown): Effect {
  if (action.id !== 'databricks.http_request') return action.manifest.effect;
  const method = (input as { method?: unknown } | null)?.method;
  return METHOD_EFFECTS[typeof method === 'string' ? method : 'GET'] ?? 'once';
}

/**
 * What an operator can do about a run whose outcome is unknown. A statement that carries our query tag can be found;
 * for the rest the service has to be looked at.
 */
export function unknownHint(action: Action, runId: string): string {
  const { request, title } = action.manifest;
  if (JSON.stringify(request?.body ?? null).includes('"penstock_run"')) {
    return `Look for the query tag penstock_run = ${runId} in the query history of the workspace: if it is there, the statement was run; if not, run it again.`;
  }
  return `Look in the service whether "${title}" happened before you run it again; this run is ${runId}.`;
}
