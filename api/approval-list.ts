import type { JsonObject } from '../connector/manifest.ts';
import { showPage } from '../engine/store/list-pages.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { listPending } from '../engine/workflows/pending-approvals.ts';
import { listRoute } from './http/list-route.ts';
import type { Route } from './http/route.ts';
import { object, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const OPTIONAL_TEXT: JsonObject = { type: ['string', 'null'] };

export const approvalSchemas: JsonObject = {
  Approval: object({
    id: { ...TEXT, description: 'Id of the run to approve or deny: POST /v1/runs/{id}/approve.' },
    run: { ...TEXT, description: 'The workflow run that this run is a step of.' },
    step: OPTIONAL_TEXT,
    workflow: { ...OPTIONAL_TEXT, description: 'Id.' },
    message: OPTIONAL_TEXT,
    requested_at: TIME,
    expires_at: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'When the step times out with ERR_TIMEOUT.',
    },
  }),
};

/** `/v1/approvals`: what waits for a person. */
export function approvalListRoutes({ ctx }: Serving): Route[] {
  return [
    listRoute({
      path: '/v1/approvals',
      operation: 'list_approvals',
      tag: 'Approvals',
      summary: 'List runs that are waiting for approval, newest first.',
      item: 'Approval',
      page: 'A page of approvals.',
      read: async ({ caller }, page) =>
        showPage(ctx, 'run', await listPending(ctx, caller.tenant, page), {
          idOf: ({ id }) => id,
          read: ({ requested_at, expires_at, ...approval }) => ({
            ...approval,
            requested_at: toTimestamp(requested_at),
            expires_at: expires_at === null ? null : toTimestamp(expires_at),
          }),
        }),
    }),
  ];
}
