import type { JsonObject } from '../connector/manifest.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';

/** Query of a DELETE that can be looked at first. */
export const DELETION_QUERY: JsonObject = {
  dry_run: {
    title: 'Dry run',
    type: 'boolean',
    default: false,
    description: 'Delete nothing, and say what would no longer work.',
  },
};

export interface DeletionQuery {
  dry_run?: boolean;
}

const DEPENDENTS: JsonObject = {
  type: 'array',
  items: object({ id: TEXT, name: TEXT, enabled: { type: 'boolean' } }),
};

export const deletionSchemas: JsonObject = {
  LinkedAccountDeletion: object({
    dry_run: { const: true },
    authentications: { ...COUNT, description: 'They are deleted with it.' },
    workflows: { ...DEPENDENTS, description: 'Their triggers or steps use the account, and would fail.' },
  }),
  WorkflowDeletion: object({
    dry_run: { const: true },
    open_runs: { ...COUNT, description: 'Of the newest 1,000: they would fail at their next step.' },
    delivered: { ...COUNT, description: 'Events that its cursor counts as delivered; a new workflow starts over.' },
    has_url: { type: 'boolean', description: 'Its URL for incoming webhooks would stop working.' },
    workflows: { ...DEPENDENTS, description: 'They run this one as a step, and would fail.' },
  }),
};

/** Answers of such a DELETE. */
export function deletionAnswers(preview: string): Record<string, { description: string; schema?: JsonObject }> {
  return {
    200: { description: 'The dry run.', schema: ref(preview) },
    204: { description: 'Deleted.' },
  };
}
