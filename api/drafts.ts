import { ConnectorError } from '../connector/errors.ts';
import type { Json, JsonObject } from '../connector/manifest.ts';
import type { Context } from '../engine/runs/context.ts';
import { type Draft, deleteDraft, draftRemoval, readDraft, saveDraft, showDraft } from '../engine/workflows/drafts.ts';
import { checkIfMatch } from '../engine/workflows/etag.ts';
import { deleteSample, readSample, sampledSteps, saveSample } from '../engine/workflows/samples.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import { getWorkflow, updateWorkflow } from '../engine/workflows/workflows.ts';
import { MAX_DEFINITION_BYTES } from './http/body.ts';
import { etagHeader, IF_MATCH_HEADER, ifMatchOf } from './http/if-match.ts';
import { type Answer, type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TEXTS, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { showWorkflow } from './workflow-views.ts';

const ETAG = { ETag: 'For If-Match of the next change.' };
const SAVE_QUERY: JsonObject = {
  base_version: {
    title: 'Base version',
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description:
      'Version that the draft is made from. By default, a draft keeps its own, and a new one takes the published version.',
  },
};
const STEP = /^[a-z][a-z0-9_]{0,59}$/;

export const draftSchemas: JsonObject = {
  WorkflowDraft: object(
    {
      workflow: TEXT,
      etag: { ...TEXT, description: 'As in the header ETag, without quotes.' },
      definition: { ...ANY_OBJECT, description: 'A workflow, which can be incomplete. Secrets are hidden.' },
      samples: { ...TEXTS, description: 'Steps that have a sample.' },
      updated_at: TIME,
      updated_by: object({ key: TEXT, name: TEXT }),
    },
    {
      base_version: {
        ...COUNT,
        description:
          'Published version that the draft was made from; 0 if there was none. If another version was published since, publishing the draft replaces what that one changed.',
      },
    },
  ),
  StepSample: object({ step: TEXT, value: {}, updated_at: TIME }),
};

/** `/v1/workflows/{id}/draft`: what becomes the next version, and sample values to build it with. */
export function draftRoutes({ ctx }: Serving): Route[] {
  const tag = 'Workflows';
  const path = '/v1/workflows/{id}/draft';
  const answers = { 200: { description: 'The draft.', schema: ref('WorkflowDraft'), headers: ETAG } };
  return [
    route({
      method: 'GET',
      path,
      operation: 'get_workflow_draft',
      tag,
      summary: 'Read the draft of a workflow.',
      answers,
      async handle({ caller, params }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        return answer(ctx, workflow, await requireDraft(ctx, workflow));
      },
    }),
    route<{ base_version?: number }, JsonObject>({
      method: 'PUT',
      path,
      operation: 'save_workflow_draft',
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag,
      summary: 'Store the draft of a workflow. It can be incomplete; runs keep using the published version.',
      description:
        'Without `If-Match`, it replaces what is there. `If-None-Match: *` stores it only when there is no draft. A hidden secret keeps its value, that of a step only while the whole input of the step is unchanged.',
      requestHeaders: { ...IF_MATCH_HEADER, 'If-None-Match': '`*`: only when there is no draft.' },
      query: SAVE_QUERY,
      body: ANY_OBJECT,
      answers,
      async handle({ caller, params, query, body, request }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        const isNew = request.headers['if-none-match']?.trim() === '*';
        const baseVersion = checkedBase(workflow, query.base_version);
        const change = { definition: body, ifMatch: ifMatchOf(request), isNew, baseVersion, actor: caller };
        return answer(ctx, workflow, await saveDraft(ctx, workflow, change));
      },
    }),
    route({
      method: 'DELETE',
      path,
      operation: 'delete_workflow_draft',
      tag,
      summary: 'Discard the draft of a workflow.',
      requestHeaders: IF_MATCH_HEADER,
      answers: { 204: { description: 'There is no draft.' } },
      async handle({ caller, params, request }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        await deleteDraft(ctx, workflow, { ifMatch: ifMatchOf(request), actor: caller });
        return { status: 204 };
      },
    }),
    route({
      method: 'POST',
      path: `${path}/publish`,
      operation: 'publish_workflow_draft',
      failures: [502],
      tag,
      summary: 'Check the draft and make it the next version, which ticks and new runs use.',
      description: 'The draft is removed in the same step. The cursor stays, and runs in flight keep their version.',
      requestHeaders: IF_MATCH_HEADER,
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle({ caller, params, request }) {
        const { id } = await getWorkflow(ctx, caller.tenant, params.id!);
        const workflow = await publishDraft(ctx, { id, caller, ifMatch: ifMatchOf(request) });
        return { status: 200, body: await showWorkflow(ctx, workflow, caller) };
      },
    }),
    ...sampleRoutes(ctx, `${path}/samples/{step}`),
  ];
}

function sampleRoutes(ctx: Context, path: string): Route[] {
  const tag = 'Workflows';
  const answers = { 200: { description: 'The sample.', schema: ref('StepSample') } };
  const show = ({ updated_at, ...sample }: { step: string; value: Json; updated_at: number }) => ({
    status: 200,
    body: { ...sample, updated_at: new Date(updated_at).toISOString() },
  });
  return [
    route({
      method: 'GET',
      path,
      operation: 'get_step_sample',
      tag,
      summary: 'Read the sample of a step, or of the trigger with the step `trigger`.',
      answers,
      async handle({ caller, params }) {
        return show(await readSample(ctx, await getWorkflow(ctx, caller.tenant, params.id!), stepOf(params)));
      },
    }),
    route<unknown, { value: Json }>({
      method: 'PUT',
      path,
      operation: 'save_step_sample',
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag,
      summary: 'Store a value that stands for the output of a step, or for what the trigger gives, in tests.',
      description: 'Samples are no part of a definition. They stay when a draft is published.',
      body: {
        type: 'object',
        required: ['value'],
        additionalProperties: false,
        properties: { value: { title: 'Value' } },
      },
      answers,
      async handle({ caller, params, body }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        return show(await saveSample(ctx, workflow, { step: stepOf(params), value: body.value }));
      },
    }),
    route({
      method: 'DELETE',
      path,
      operation: 'delete_step_sample',
      tag,
      summary: 'Delete the sample of a step.',
      answers: { 204: { description: 'There is no sample.' } },
      async handle({ caller, params }) {
        await deleteSample(ctx, await getWorkflow(ctx, caller.tenant, params.id!), stepOf(params));
        return { status: 204 };
      },
    }),
  ];
}

/** The draft of a workflow. @throws ConnectorError ERR_NOT_FOUND when there is none */
export async function requireDraft(ctx: Context, workflow: Workflow): Promise<Draft> {
  const draft = await readDraft(ctx, workflow);
  if (draft !== undefined) return draft;
  throw new ConnectorError('ERR_NOT_FOUND', `the workflow "${workflow.name}" has no draft`, {
    hint: `Store one: PUT /v1/workflows/${workflow.id}/draft.`,
  });
}

async function publishDraft(
  ctx: Context,
  {
    id,
    caller,
    ifMatch,
  }: { id: string; caller: Parameters<typeof showWorkflow>[2]; ifMatch: ReturnType<typeof ifMatchOf> },
): Promise<Workflow> {
  const { tenant } = caller;
  const draft = await requireDraft(ctx, await getWorkflow(ctx, tenant, id));
  checkIfMatch('the draft', { ifMatch, current: draft.etag });
  return updateWorkflow(ctx, tenant, {
    id,
    body: { ...draft.definition, publish: true },
    actor: caller,
    async also() {
      const now = await readDraft(ctx, { id, tenant } as Workflow);
      checkIfMatch('the draft', { ifMatch: [draft.etag], current: now?.etag });
      return draftRemoval(ctx, draft);
    },
  });
}

async function answer(ctx: Context, workflow: Workflow, draft: Draft): Promise<Answer> {
  const body = { ...showDraft(ctx, workflow, draft), samples: await sampledSteps(ctx, workflow) };
  return { status: 200, headers: etagHeader(draft.etag), body };
}

function checkedBase({ name, latest }: Workflow, version: number | undefined): number | undefined {
  if (version === undefined || version <= latest) return version;
  throw new ConnectorError('ERR_INPUT_INVALID', `the workflow "${name}" has no version ${version}`, {
    hint: `Its newest version is ${latest}. 0 is a draft that was made before the first one.`,
    errors: [{ pointer: '/base_version', message: `must be at most ${latest}` }],
  });
}

function stepOf({ step }: Record<string, string>): string {
  if (STEP.test(step!)) return step!;
  throw new ConnectorError('ERR_INPUT_INVALID', `"${step}" is not the id of a step`, {
    errors: [{ pointer: '/step', message: 'must be the id of a step, or trigger' }],
  });
}
