import type { JsonObject } from '../connector/manifest.ts';
import { METADATA_SCHEMA } from '../engine/store/metadata.ts';
import { etagOfWorkflow } from '../engine/workflows/etag.ts';
import { patchWorkflow, type WorkflowPatch } from '../engine/workflows/patch-workflow.ts';
import { workflowSchema } from '../engine/workflows/workflow-schema.ts';
import {
  createWorkflow,
  deleteWorkflow,
  getWorkflow,
  setEnabled,
  updateWorkflow,
} from '../engine/workflows/workflows.ts';
import { DELETION_QUERY, type DeletionQuery, deletionAnswers } from './deletions.ts';
import { MAX_DEFINITION_BYTES } from './http/body.ts';
import { etagHeader, IF_MATCH_HEADER, ifMatchOf } from './http/if-match.ts';
import { type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { previewDeletion, showWorkflow } from './workflow-views.ts';

const { name: NAME, description: DESCRIPTION } = (workflowSchema.schema as { properties: Record<string, JsonObject> })
  .properties as { name: JsonObject; description: JsonObject };
const PATCH_BODY: JsonObject = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { name: NAME, description: DESCRIPTION, metadata: METADATA_SCHEMA },
};

/** What makes a workflow, changes it, turns it on and off, and deletes it. */
export function workflowChangeRoutes({ ctx }: Serving): Route[] {
  const turn = (word: 'enable' | 'disable', enabled: boolean) =>
    route({
      method: 'POST',
      path: `/v1/workflows/{id}/${word}`,
      operation: `${word}_workflow`,
      failures: [502],
      tag: 'Workflows',
      summary: enabled
        ? 'Enable a workflow: its trigger starts, and registers its webhook at a service that allows it. The cursor is kept.'
        : 'Disable a workflow: its trigger stops, and its webhook at the service is removed. The cursor is kept.',
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const workflow = await setEnabled(ctx, call.caller.tenant, {
          id: call.params.id!,
          enabled,
          actor: call.caller,
        });
        return { status: 200, body: await showWorkflow(ctx, workflow, call.caller) };
      },
    });
  return [
    route({
      method: 'POST',
      path: '/v1/workflows',
      operation: 'create_workflow',
      failures: [502],
      maxBodyBytes: MAX_DEFINITION_BYTES,
      isSecret: true,
      tag: 'Workflows',
      summary: 'Create a workflow and start its trigger unless `enabled` is false.',
      description:
        'With `publish: false`, the workflow has no version: the body, of which only `name` is required, becomes its draft, and nothing runs before that is published.',
      body: workflowSchema.schema,
      bodyCheck: 'engine',
      answers: {
        201: { description: 'The workflow.', schema: ref('Workflow'), headers: { Location: 'Path of the workflow.' } },
      },
      async handle(call) {
        const workflow = await createWorkflow(ctx, call.caller.tenant, call.body ?? {}, { actor: call.caller });
        return {
          status: 201,
          headers: { location: `/v1/workflows/${workflow.id}`, ...etagHeader(etagOfWorkflow(workflow)) },
          body: await showWorkflow(ctx, workflow, call.caller),
        };
      },
    }),
    route({
      method: 'PUT',
      path: '/v1/workflows/{id}',
      operation: 'update_workflow',
      failures: [409, 502],
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag: 'Workflows',
      summary: 'Save a new version of a workflow. Runs in flight keep their version, and the cursor is kept.',
      description:
        'Concurrent requests are saved one after the other, each as its own version. Without `enabled`, the workflow stays enabled or disabled. With `publish: false`, the body becomes the draft of the workflow, which has none yet, and nothing else changes; the response is the workflow as it was.',
      body: workflowSchema.schema,
      bodyCheck: 'engine',
      requestHeaders: IF_MATCH_HEADER,
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const workflow = await updateWorkflow(ctx, call.caller.tenant, {
          id: call.params.id!,
          ifMatch: ifMatchOf(call.request),
          body: call.body ?? {},
          actor: call.caller,
        });
        return {
          status: 200,
          headers: etagHeader(etagOfWorkflow(workflow)),
          body: await showWorkflow(ctx, workflow, call.caller),
        };
      },
    }),
    route<unknown, WorkflowPatch>({
      method: 'PATCH',
      path: '/v1/workflows/{id}',
      operation: 'patch_workflow',
      failures: [409],
      tag: 'Workflows',
      summary: 'Change the name, the description or the metadata of a workflow, and nothing else.',
      description:
        'Metadata is replaced as a whole, and makes no version. A name or a description makes a version of the published one, with its secrets, and the draft keeps its own. While nothing was published, they change the draft, and no version is made.',
      body: PATCH_BODY,
      requestHeaders: IF_MATCH_HEADER,
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle({ caller, params, body, request }) {
        const { id } = await getWorkflow(ctx, caller.tenant, params.id!);
        const change = { id, patch: body, ifMatch: ifMatchOf(request), actor: caller };
        const workflow = await patchWorkflow(ctx, caller.tenant, change);
        return {
          status: 200,
          headers: etagHeader(etagOfWorkflow(workflow)),
          body: await showWorkflow(ctx, workflow, caller),
        };
      },
    }),
    route<DeletionQuery>({
      method: 'DELETE',
      path: '/v1/workflows/{id}',
      operation: 'delete_workflow',
      tag: 'Workflows',
      summary: 'Delete a workflow with its trigger and cursor. Its runs are kept.',
      query: DELETION_QUERY,
      answers: deletionAnswers('WorkflowDeletion'),
      async handle(call) {
        const workflow = await getWorkflow(ctx, call.caller.tenant, call.params.id!);
        if (call.query.dry_run === true) return { status: 200, body: await previewDeletion(ctx, workflow) };
        await deleteWorkflow(ctx, call.caller.tenant, workflow.id, { actor: call.caller });
        return { status: 204 };
      },
    }),
    turn('enable', true),
    turn('disable', false),
  ];
}
