import type { ActionCall } from '../../../actions/call.ts';
import { effectOfMethod } from '../../../actions/effect.ts';
import type { Action, Effect } from '../../../connector/manifest.ts';

/** Names the run to anyone who looks at the query history. */
export const QUERY_TAG = 'penstock_run';
/** Code actions made of statements, which all carry the tag. */
const TAGGED = new Set(['databricks.insert_rows', 'databricks.upsert_rows', 'databricks.copy_into']);

/** The method of a free HTTP request, and an import that replaces what is there. */
export function effectOf(id: string, input: unknown): Effect | undefined {
  const { method, overwrite } = (input ?? {}) as { method?: string; overwrite?: boolean };
  if (id === 'databricks.http_request') return effectOfMethod(method);
  return id === 'databricks.import_workspace' && overwrite === true ? 'idempotent' : undefined;
}

/** Whether the query history of the workspace names this run: a statement carries our query tag, unless it was given others. */
export function carriesTag(action: Action, input: unknown): boolean {
  if (TAGGED.has(action.id)) return true;
  const isStatement = JSON.stringify(action.manifest.request?.body ?? null).includes(`"${QUERY_TAG}"`);
  return isStatement && (input as { query_tags?: unknown } | null)?.query_tags === undefined;
}

/** A statement that carries our query tag can be found. */
export function unknownHint(action: Action, { run, input }: Pick<ActionCall, 'run' | 'input'>): string | undefined {
  if (carriesTag(action, input)) {
    return `Look for the query tag ${QUERY_TAG} = ${run.id} in the query history of the workspace: if it is there, the statement ran; if not, run it again.`;
  }
  if (action.id === 'databricks.execute_statement')
    return 'Look for the query tags that you gave in the query history of the workspace: if the statement is there, it ran; if not, run it again.';
  return undefined;
}
