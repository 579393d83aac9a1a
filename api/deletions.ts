import type { JsonObject } from '../connector/manifest.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';

/** Query of a DELETE that can be looked at first. */
export const DELETION_QUERY: JsonObject = {
  dry_run: {
    title: 'Dry run',
    type: 'boolean',
    default: false,
    description: 'Delete nothing; return what would stop working.',
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
    authentications: { ...COUNT, description: 'Authentications that are deleted too.' },
    workflows: { ...DEPENDENTS, description: 'Workflows whose trigger or steps use the account and would fail.' },
  }),
  WorkflowDeletion: object({
    dry_run: { const: true },
    open_runs: {
      ...COUNT,
      description: 'Unfinished runs among the newest 1,000, which would fail at their next step.',
    },
    delivered: { ...COUNT, description: 'Events that the cursor counts as delivered. A new workflow starts over.' },
    has_url: { type: 'boolean', description: 'Its URL for incoming webhooks would stop working.' },
    workflows: { ...DEPENDENTS, description: 'Workflows that run this one as a step and would fail.' },
  }),
};

/** Answers of such a DELETE. */
export function deletionAnswers(preview: string): Record<string, { description: string; schema?: JsonObject }> {
  return {
    200: { description: 'The result of the dry run.', schema: ref(preview) },
    204: { description: 'Deleted.' },
  };
}
