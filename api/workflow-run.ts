import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { lookNow } from '../engine/polling/poll-now.ts';
import { METADATA_SCHEMA, type Metadata } from '../engine/store/metadata.ts';
import { checkRunAccount } from '../engine/workflows/account-of-run.ts';
import { loadDefinition } from '../engine/workflows/definitions.ts';
import { snapshotDraft } from '../engine/workflows/draft-runs.ts';
import { knownTrigger } from '../engine/workflows/missing-parts.ts';
import { readSamples } from '../engine/workflows/samples.ts';
import { submitWorkflow } from '../engine/workflows/submit-workflow.ts';
import { assertEnabled, getWorkflow, publishedVersion } from '../engine/workflows/workflows.ts';
import { requireDraft } from './drafts.ts';
import { MAX_INPUT_BYTES } from './http/body.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { isAwaited } from './http/prefer.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { accepted } from './runs.ts';

const BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    input: {
      title: 'Input',
      type: 'object',
      description: 'The value that steps read as `trigger`. Not for polling triggers.',
    },
    linked_account: {
      title: 'Linked account',
      type: 'string',
      description: 'Id or name. For a workflow whose steps use `{{ run.linked_account }}`.',
    },
    version: {
      title: 'Version',
      type: 'integer',
      minimum: 1,
      description: 'Default: the published version. Not for polling triggers.',
    },
    metadata: {
      ...METADATA_SCHEMA,
      description: `${METADATA_SCHEMA.description} Not for polling triggers.`,
    },
    draft: {
      title: 'Draft',
      type: 'boolean',
      default: false,
      description:
        'Run the draft once, as it is now. It must be complete; it is not published, and no cursor moves. `input` is what steps read as `trigger`, also for a polling trigger; default: the sample of the trigger.',
    },
  },
  not: { required: ['draft', 'version'], properties: { draft: { const: true }, version: {} } },
};

interface Body {
  input?: Record<string, unknown>;
  linked_account?: string;
  version?: number;
  metadata?: Metadata;
  draft: boolean;
}

export const workflowRunSchemas: JsonObject = {
  Tick: {
    ...object({ kind: { const: 'tick' }, status: { const: 'requested' }, workflow: TEXT }),
    description: 'A requested poll.',
  },
};

/** `/v1/workflows/{id}/run`: start a workflow now, outside its schedule. */
export function workflowRunRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route<unknown, Body>({
      method: 'POST',
      path: '/v1/workflows/{id}/run',
      operation: 'run_workflow',
      failures: [409],
      maxBodyBytes: MAX_INPUT_BYTES,
      tag: 'Workflows',
      summary: 'Run a workflow now.',
      description:
        'For core.manual and core.schedule, returns the new run. A polling trigger polls now, even during a backoff; new records become runs of the workflow, which GET /v1/runs?workflow= lists.',
      requestHeaders: PREFER_HEADER,
      body: BODY,
      answers: {
        200: {
          description: 'The run, which ended within the preferred wait.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
        202: {
          description: 'The run, which has not ended yet, or the requested poll.',
          schema: { oneOf: [ref('Run'), ref('Tick')] },
          headers: PREFER_ANSWER,
        },
      },
      makesOneRun: true,
      mayWait: true,
      async handle(call) {
        const { caller, params, body, runId } = call;
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        const version = body.draft
          ? await snapshotDraft(ctx, workflow, await requireDraft(ctx, workflow))
          : (body.version ?? publishedVersion(workflow));
        // A version that is named, and a draft, are tried by a person, who need not have enabled it.
        if (body.version === undefined && !body.draft) assertEnabled(workflow);
        const definition = await loadDefinition(ctx, workflow.id, version);
        const { trigger } = definition;
        const { kind } = knownTrigger(ctx, trigger.id);
        const isPolled = kind === 'poll' && !body.draft;
        if (body.input !== undefined && !body.draft && kind === 'schedule') refuse('input', trigger.id);
        if (body.input !== undefined && isPolled) refuse('input', trigger.id);
        if (body.linked_account !== undefined && isPolled) refuse('linked_account', trigger.id);
        if (body.metadata !== undefined && isPolled) refuse('metadata', trigger.id);
        const now = ctx.clock.now();
        if (isPolled) {
          if (body.version !== undefined) refuse('version', trigger.id);
          await lookNow(ctx, workflow, trigger);
          return { status: 202, body: { kind: 'tick', status: 'requested', workflow: workflow.id } };
        }
        const linked_account = await checkRunAccount(ctx, caller.tenant, {
          definition,
          linkedAccount: body.linked_account,
        });
        const iso = new Date(now).toISOString();
        const scheduled = { at: iso, scheduled_at: iso, missed: 0 };
        const sample = body.draft ? (await readSamples(ctx, workflow)).get('trigger')?.value : undefined;
        const given = body.input ?? (sample as Record<string, unknown> | undefined);
        const run = await submitWorkflow(ctx, caller.tenant, {
          id: runId,
          workflow: workflow.id,
          version,
          trigger: given ?? (kind === 'schedule' ? scheduled : {}),
          linked_account,
          metadata: body.metadata,
          interactive: isAwaited(call),
        });
        return accepted(run);
      },
      finish: async (call, made) =>
        (made.body as { kind: string }).kind === 'tick' ? made : holdForEnd(serving, call, made),
    }),
  ];
}

function refuse(field: 'input' | 'version' | 'linked_account' | 'metadata', trigger: string): never {
  throw new ConnectorError('ERR_INPUT_INVALID', `the trigger ${trigger} does not accept "${field}"`, {
    hint: `Omit "${field}", or use the trigger core.manual for this workflow.`,
    errors: [{ pointer: `/${field}`, message: 'is not accepted by this trigger' }],
  });
}
