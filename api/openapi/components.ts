import { ERROR_CODES, MAX_REPORTED_ERRORS } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { actionSchemas } from '../actions.ts';
import { apiKeySchemas } from '../api-keys.ts';
import { approvalSchemas } from '../approval-list.ts';
import { auditSchemas } from '../audit.ts';
import { authenticationUseSchemas } from '../authentication-use.ts';
import { authenticationSchemas } from '../authentications.ts';
import { backfillSchemas } from '../backfills.ts';
import { connectLinkSchemas } from '../connect-links.ts';
import { connectorSchemas } from '../connectors.ts';
import { cursorSchemas } from '../cursors.ts';
import { deletionSchemas } from '../deletions.ts';
import { draftSchemas } from '../drafts.ts';
import { eventSchemas } from '../events.ts';
import { expressionPreviewSchemas } from '../expression-preview.ts';
import { healthSchemas } from '../health.ts';
import { COUNT, object, TEXT } from '../http/schemas.ts';
import { receivedEventSchemas } from '../incoming-webhooks.ts';
import { linkedAccountSchemas } from '../linked-accounts.ts';
import { loadSchemas } from '../load.ts';
import { loginSchemas } from '../oauth.ts';
import { oauthAppSchemas } from '../oauth-apps.ts';
import { optionSchemas } from '../options.ts';
import { replaySchemas } from '../replays.ts';
import { runCauseSchemas } from '../run-causes.ts';
import { runCountSchemas } from '../run-counts.ts';
import { runReplaySchemas } from '../run-replay.ts';
import { runSchemas } from '../run-schemas.ts';
import { sessionSchemas } from '../sessions.ts';
import { tenantSchemas } from '../tenant.ts';
import { tenantsSchemas } from '../tenants.ts';
import { triggerHealthSchemas } from '../trigger-health.ts';
import { triggerPreviewSchemas } from '../trigger-preview.ts';
import { triggerSeriesSchemas } from '../trigger-series.ts';
import { triggerSchemas } from '../triggers.ts';
import { webhookDeliverySchemas } from '../webhook-deliveries.ts';
import { webhookEndpointSchemas } from '../webhook-endpoints.ts';
import { workflowCheckSchemas } from '../workflow-check.ts';
import { workflowRunSchemas } from '../workflow-run.ts';
import { workflowSchemas } from '../workflow-schemas.ts';
import { workflowVersionSchemas } from '../workflow-versions.ts';

const codes = Object.keys(ERROR_CODES);

/** A failure inside a run, and the failure of a request, speak the same way. */
const validationErrors: JsonObject = {
  type: 'array',
  maxItems: MAX_REPORTED_ERRORS,
  description: 'The first 50 validation errors.',
  items: object(
    { pointer: { ...TEXT, description: 'RFC 6901 JSON pointer.' }, message: TEXT },
    {
      allowed: { description: 'Allowed values.' },
      code: { ...TEXT, description: 'Of an error of another kind than ERR_INPUT_INVALID.' },
      hint: TEXT,
      position: { ...COUNT, description: 'In an expression: the character at which it went wrong, from 0.' },
    },
  ),
};
const errorCount: JsonObject = {
  ...COUNT,
  description: 'Total number of validation errors. Omitted when `errors` lists all of them.',
};
const upstream: JsonObject = {
  ...object({}, { status: { type: 'integer' }, error_code: TEXT, message: TEXT, sql_state: TEXT, request_id: TEXT }),
  description: 'The error as reported by the service.',
};

const quota: JsonObject = {
  ...object({ name: TEXT, limit: COUNT, used: COUNT }),
  description: 'The quota of the tenant that is exhausted. GET /v1/tenant lists all quotas.',
};

/** The schemas that OpenAPI's components hold, by name. */
export function componentSchemas(): JsonObject {
  return {
    Problem: {
      ...object(
        {
          type: { type: 'string', format: 'uri' },
          title: TEXT,
          status: { type: 'integer' },
          code: { type: 'string', enum: codes },
          detail: TEXT,
          hint: { ...TEXT, description: 'How to resolve the error.' },
        },
        {
          errors: validationErrors,
          error_count: errorCount,
          upstream,
          quota,
          etag: {
            type: ['string', 'null'],
            description: 'Of 412: the entity tag of what is stored, null when there is nothing.',
          },
          position: { ...COUNT, description: 'Of ERR_EXPRESSION: the character at which the expression went wrong.' },
        },
      ),
      description: 'RFC 9457 problem details.',
    },
    RunError: object(
      { code: { type: 'string', enum: codes }, kind: TEXT, message: TEXT },
      {
        hint: TEXT,
        errors: validationErrors,
        error_count: errorCount,
        upstream,
        quota,
        step: {
          ...object(
            { id: TEXT, run: TEXT, action: TEXT, code: { type: 'string', enum: codes }, message: TEXT },
            { linked_account: TEXT },
          ),
          description:
            'For a workflow run: the step that failed and the run of that step. For nested workflows, `action`, `code` and `message` are those of the innermost step. Pointers in `errors` refer to the workflow definition.',
        },
      },
    ),
    ...eventSchemas,
    ...webhookEndpointSchemas,
    ...webhookDeliverySchemas,
    ...healthSchemas,
    ...loadSchemas,
    ...connectorSchemas,
    ...actionSchemas,
    ...triggerSchemas,
    ...triggerPreviewSchemas,
    ...receivedEventSchemas,
    ...linkedAccountSchemas,
    ...deletionSchemas,
    ...authenticationSchemas,
    ...authenticationUseSchemas,
    ...connectLinkSchemas,
    ...oauthAppSchemas,
    ...loginSchemas,
    ...optionSchemas,
    ...replaySchemas,
    ...runReplaySchemas,
    ...runSchemas,
    ...runCauseSchemas,
    ...runCountSchemas,
    ...approvalSchemas,
    ...workflowSchemas,
    ...workflowCheckSchemas,
    ...draftSchemas,
    ...expressionPreviewSchemas,
    ...workflowRunSchemas,
    ...workflowVersionSchemas,
    ...triggerHealthSchemas,
    ...triggerSeriesSchemas,
    ...cursorSchemas,
    ...backfillSchemas,
    ...apiKeySchemas,
    ...sessionSchemas,
    ...tenantSchemas,
    ...tenantsSchemas,
    ...auditSchemas,
  };
}
