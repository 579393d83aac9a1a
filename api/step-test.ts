import type { JsonObject } from '../connector/manifest.ts';
import type { Context } from '../engine/runs/context.ts';
import { definitionOfStep } from '../engine/workflows/draft-runs.ts';
import { readSamples } from '../engine/workflows/samples.ts';
import { type StepTest, testStep } from '../engine/workflows/test-step.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import { getWorkflow } from '../engine/workflows/workflows.ts';
import { requireDraft } from './drafts.ts';
import { requireActionRole } from './http/auth.ts';
import { MAX_INPUT_BYTES } from './http/body.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { accepted } from './runs.ts';
import { noteWorkflow } from './workflow-audit.ts';

const BODY: JsonObject = {
  type: 'object',
  required: ['step'],
  additionalProperties: false,
  properties: {
    step: { title: 'Step', type: 'string', description: 'Id of the step.' },
    version: {
      title: 'Version',
      type: 'integer',
      minimum: 1,
      description: 'Default: the newest version; the draft while there is no version.',
    },
    draft: {
      title: 'Draft',
      type: 'boolean',
      default: false,
      description:
        'Test the step of the draft; the rest of the draft can be incomplete. Samples are the default of `trigger` and `outputs`.',
    },
    run: {
      title: 'Run',
      type: 'string',
      description: 'A run of the workflow from which the trigger and the step outputs are taken.',
    },
    trigger: { title: 'Trigger', description: 'Without `run`: the value that expressions read as `trigger`.' },
    outputs: {
      title: 'Outputs',
      type: 'object',
      description: 'Without `run`: outputs by step id, which expressions read as `steps`.',
    },
    linked_account: {
      title: 'Linked account',
      type: 'string',
      description: 'Id or name. For a step that uses `{{ run.linked_account }}`.',
    },
    item: { title: 'Item', description: 'For a step with `for_each`.' },
    input: {
      title: 'Input',
      type: 'object',
      description: 'Replaces the input of the step. Expressions are evaluated.',
    },
  },
  not: { required: ['draft', 'version'], properties: { draft: { const: true }, version: {} } },
  if: { required: ['run'] },
  then: { not: { anyOf: [{ required: ['trigger'] }, { required: ['outputs'] }] } },
};

/** `/v1/workflows/{id}/test_step`: one step by itself, with its effect. */
export function stepTestRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route<unknown, Omit<StepTest, 'definition'> & { draft: boolean }>({
      method: 'POST',
      path: '/v1/workflows/{id}/test_step',
      operation: 'test_workflow_step',
      maxBodyBytes: MAX_INPUT_BYTES,
      tag: 'Workflows',
      summary: 'Test a step of a workflow with recorded or sample values.',
      description: 'The action runs and has its effect at the service. The run does not belong to a workflow run.',
      requestHeaders: PREFER_HEADER,
      body: BODY,
      answers: {
        200: {
          description: 'The step run, which ended within the preferred wait.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
        202: { description: 'The step run, which has not ended yet.', schema: ref('Run'), headers: PREFER_ANSWER },
      },
      makesOneRun: true,
      mayWait: true,
      async handle(call) {
        const workflow = await getWorkflow(ctx, call.caller.tenant, call.params.id!);
        const mayRun = (action: string) => requireActionRole(ctx, call.caller, action);
        const { draft, ...test } = call.body;
        const isOfDraft = draft || (workflow.latest === 0 && test.version === undefined);
        const ofDraft = isOfDraft ? await draftOf(ctx, workflow, test) : {};
        const run = await testStep(ctx, workflow, { ...test, ...ofDraft, id: call.runId, mayRun });
        const details = { step: call.body.step, run: run.id };
        await noteWorkflow(ctx, call, { verb: 'test_step', workflow, details });
        return accepted(run);
      },
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
  ];
}

/** The step as the draft has it, with samples where the caller gives no values. */
async function draftOf(ctx: Context, workflow: Workflow, test: StepTest) {
  const draft = await requireDraft(ctx, workflow);
  const definition = definitionOfStep(ctx, workflow, draft, test.step);
  if (test.run !== undefined) return { definition };
  const samples = await readSamples(ctx, workflow);
  const outputs = Object.fromEntries([...samples].map(([step, { value }]) => [step, value]));
  const trigger = test.trigger ?? outputs.trigger;
  return { definition, ...(trigger === undefined ? {} : { trigger }), outputs: { ...outputs, ...test.outputs } };
}
