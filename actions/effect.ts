import type { Action, Effect } from '../connector/manifest.ts';
import type { ActionCall } from './call.ts';

/** Names the run to anyone who looks at the query history. */
export const QUERY_TAG = 'penstock_run';
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

/** Whether the query history of the workspace names this run: a statement carries our query tag, unless it was given others. */
export function carriesTag(action: Action, input: unknown): boolean {
  if (TAGGED.has(action.id)) return true;
  const isStatement = JSON.stringify(action.manifest.request?.body ?? null).includes(`"${QUERY_TAG}"`);
  return isStatement && (input as { query_tags?: unknown } | null)?.query_tags === undefined;
}

/**
 * What an operator can do about a run whose outcome is unknown. A statement that carries our query tag can be found;
 * for the rest the service has to be looked at.
 */
export function unknownHint(action: Action, { run, input }: Pick<ActionCall, 'run' | 'input'>): string {
  if (carriesTag(action, input)) {
    return `Look for the query tag ${QUERY_TAG} = ${run.id} in the query history of the workspace: if it is there, the statement ran; if not, run it again.`;
  }
  if (action.id === 'databricks.execute_statement')
    return 'Look for the query tags that you gave in the query history of the workspace: if the statement is there, it ran; if not, run it again.';
  return `Look in the service whether "${action.manifest.title}" happened before you run it again; this run is ${run.id}.`;
}
