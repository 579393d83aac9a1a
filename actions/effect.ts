import type { Action, Effect } from '../connector/manifest.ts';

/** Code actions made of statements, which all carry the tag. */
const TAGGED = new Set(['databricks.insert_rows', 'databricks.upsert_rows', 'databricks.copy_into']);

const METHOD_EFFECTS: { [method: string]: Effect } = {
  GET: 'safe',
  HEAD: 'safe',
  PUT: 'idempotent',
  DELETE: 'idempotent',
};

/**
 * The effect of one call: the manifest's, except where the input decides. The method of a free HTTP request (RFC 9110,
 * 9.2), and an import that replaces what is there.
 */
export function effectOf(action: Action, input: unknown): Effect {
  const { method = 'GET', overwrite } = (input ?? {}) as { method?: string; overwrite?: boolean };
  if (action.id === 'databricks.http_request') return METHOD_EFFECTS[method] ?? 'once';
  if (action.id === 'databricks.import_workspace' && overwrite === true) return 'idempotent';
  return action.manifest.effect;
}

/**
 * What an operator can do about a run whose outcome is unknown. A statement that carries our query tag can be found;
 * for the rest the service has to be looked at.
 */
export function unknownHint(action: Action, runId: string): string {
  const { request, title } = action.manifest;
  if (TAGGED.has(action.id) || JSON.stringify(request?.body ?? null).includes('"penstock_run"')) {
    return `Look for the query tag penstock_run = ${runId} in the query history of the workspace: if it is there, the statement was run; if not, run it again.`;
  }
  return `Look in the service whether "${title}" happened before you run it again; this run is ${runId}.`;
}
