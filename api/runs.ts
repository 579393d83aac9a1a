import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import type { Caller } from '../engine/access/actor.ts';
import { audit } from '../engine/access/audit.ts';
import type { Context } from '../engine/context.ts';
import { findAccount } from '../engine/credentials/records/account-records.ts';
import { getBatch } from '../engine/replay/bulk-replays.ts';
import { isEnded, RUN_STATUSES, RUN_TRIGGERS, type Run, type RunStatus } from '../engine/runs/run.ts';
import type { RunFilter } from '../engine/runs/run-filter.ts';
import { listSummaries } from '../engine/runs/run-list.ts';
import { type RunView, showRun, showSummary } from '../engine/runs/run-view.ts';
import { getRun } from '../engine/runs/runs.ts';
import { showSegments } from '../engine/runs/segment-view.ts';
import { type ActionRequest, submitAction } from '../engine/runs/submit.ts';
import { showPage } from '../engine/store/list-pages.ts';
import { METADATA_SCHEMA } from '../engine/store/metadata.ts';
import type { Unreadable } from '../engine/store/unreadable.ts';
import { viewChildren } from '../engine/workflows/children.ts';
import { getWorkflow } from '../engine/workflows/workflows.ts';
import { requireActionRole } from './http/auth.ts';
import { MAX_INPUT_BYTES } from './http/body.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER, waitForEnd } from './http/hold.ts';
import { encodeCursor, listOfCall } from './http/list-cursor.ts';
import { listRoute } from './http/list-route.ts';
import { isAwaited } from './http/prefer.ts';
import { type Answer, type Call, type Route, route } from './http/route.ts';
import { METADATA_FILTER, ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { roleOfAction } from './role-of-action.ts';

const SUBMIT_BODY: JsonObject = {
  type: 'object',
  required: ['action'],
  additionalProperties: false,
  properties: {
    action: { title: 'Action', type: 'string', examples: ['core.file'] },
    linked_account: { title: 'Linked account', type: 'string', description: 'Id or name.' },
    authentication: {
      title: 'Authentication',
      type: 'string',
      description: 'Id. Omit it to use the default authentication of the linked account.',
    },
    input: { title: 'Input', type: 'object', default: {}, description: 'Must match the input schema of the action.' },
    options: {
      title: 'Options',
      type: 'object',
      description: '`timeout_seconds` and `wait_for_completion`, if the action supports them.',
    },
    metadata: METADATA_SCHEMA,
  },
};

/** Which runs are meant; in queries, and in the body of a replay of many. */
export const RUN_FILTER: JsonObject = {
  status: { title: 'Status', type: 'string', enum: [...RUN_STATUSES] },
  action: { title: 'Action', type: 'string' },
  workflow: { title: 'Workflow', type: 'string', description: 'Id or name.' },
  linked_account: { title: 'Linked account', type: 'string', description: 'Id or name.' },
  code: { title: 'Error code', type: 'string', description: 'An error code of Penstock or of the service.' },
  cause: {
    title: 'Cause',
    type: 'string',
    maxLength: 64,
    description: '`id` from GET /v1/runs/causes: only runs that failed for this reason.',
  },
  trigger: {
    title: 'Trigger',
    type: 'string',
    enum: [...RUN_TRIGGERS],
    description: 'What started the run. Runs of earlier versions have no trigger.',
  },
  parent: {
    title: 'Parent',
    type: 'string',
    maxLength: 500,
    description:
      'Id of a workflow run or a loop: its steps or items, in their order, in place of runs that stand alone.',
  },
  replay: {
    title: 'Replay',
    type: 'string',
    pattern: '^(rpl|run)_[0-9a-z]{1,100}$',
    description: 'Id of a bulk replay: the runs that it made. Id of a run: the replays of this run.',
  },
  id: {
    title: 'Id',
    type: 'string',
    pattern: '^run_[0-9a-z]{0,100}$',
    description: 'Beginning of an id.',
  },
  dead_letter: {
    title: 'Dead letters',
    type: 'boolean',
    const: true,
    description: 'Only runs whose event batch was dead-lettered.',
  },
  ...METADATA_FILTER,
  from: { title: 'From', type: 'string', format: 'date-time', description: 'Created at or after this time.' },
  to: { title: 'To', type: 'string', format: 'date-time', description: 'Created at or before this time.' },
};

/** What RUN_FILTER lets through. */
export interface FilterQuery
  extends Pick<
    RunFilter,
    | 'status'
    | 'action'
    | 'workflow'
    | 'linked_account'
    | 'code'
    | 'cause'
    | 'trigger'
    | 'parent'
    | 'dead_letter'
    | 'metadata'
  > {
  replay?: string;
  id?: string;
  from?: string;
  to?: string;
}

const LIST_RUNS = 'list_runs';

/** `/v1/runs`: run one action, list runs, read one. */
export function runRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route<unknown, ActionRequest>({
      method: 'POST',
      path: '/v1/runs',
      operation: 'create_run',
      failures: [404, 409],
      maxBodyBytes: MAX_INPUT_BYTES,
      tag: 'Runs',
      summary: 'Run an action.',
      description: 'Responds as soon as the run is stored, or with `Prefer: wait` when the run has ended.',
      requestHeaders: PREFER_HEADER,
      mayWait: true,
      body: SUBMIT_BODY,
      answers: {
        200: {
          description: 'The run ended within the preferred wait. Check `status`: the run can have failed.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
        202: { description: 'The run, which has not ended yet.', schema: ref('Run'), headers: PREFER_ANSWER },
      },
      makesOneRun: true,
      async handle(call) {
        const { caller, body, runId } = call;
        requireActionRole(ctx, caller, body.action);
        const origin = { id: runId, interactive: isAwaited(call) };
        const run = await submitAction(ctx, caller.tenant, { request: body, origin });
        await noteRun(ctx, caller, run);
        return accepted(run);
      },
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
    listRoute<FilterQuery>({
      path: '/v1/runs',
      operation: LIST_RUNS,
      failures: [404],
      tag: 'Runs',
      summary: 'List runs, newest first.',
      description:
        'Steps of workflow runs are found through their parents: a filter by action, account or code also matches a workflow run whose failed step matches. A page can contain fewer items than `limit` and still have a next_cursor, because rare matches are searched over several pages.',
      filter: RUN_FILTER,
      item: 'RunSummary',
      page: 'A page of run summaries.',
      async read({ caller, query }, page) {
        const filter = await filterOf(ctx, caller.tenant, query);
        const found = await listSummaries(ctx, caller.tenant, { filter, ...page });
        const read = filter.parent === undefined ? showSummary : summarizeStep;
        return showPage(ctx, 'run', found, { idOf: ({ id }) => id, read });
      },
    }),
    route({
      method: 'GET',
      path: '/v1/runs/{id}',
      operation: 'get_run',
      tag: 'Runs',
      summary: 'Get a run with its launches and, for a workflow run, its steps.',
      requestHeaders: PREFER_HEADER,
      mayWait: true,
      answers: {
        200: {
          description: 'The run. It has ended unless the preferred wait was too short.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
      },
      async handle(call) {
        const run = await getRun(ctx, call.caller.tenant, call.params.id!);
        return { status: 200, body: { ...showRun(run), ...(await stepsOf(ctx, call, run)) } };
      },
      // Not in `handle`: what waits must not take the turns of the tenant's other requests.
      async finish(call, made) {
        const { id, status } = made.body as { id: string; status: RunStatus };
        const held = isEnded(status) ? undefined : await waitForEnd(serving, call, id);
        if (held === undefined) return made;
        const { run, headers } = held;
        return { ...made, headers, ...(run && { body: { ...showRun(run), ...(await stepsOf(ctx, call, run)) } }) };
      },
    }),
  ];
}

/** A run that changes what Penstock stores is in the audit log with who began it; its changes there name the run. */
async function noteRun(ctx: Context, caller: Caller, { id, action, linked_account }: Run): Promise<void> {
  if (roleOfAction(ctx.manifests, action) === undefined) return;
  await audit(ctx, caller, { action: 'run.create', target: { kind: 'run', id }, details: { action, linked_account } });
}

/** The answer to a run that was just stored. */
export function accepted(run: Run): Answer {
  return { status: 202, headers: { location: `/v1/runs/${run.id}` }, body: showRun(run) };
}

/** A step as the run above it shows it: with where its time went, for one drawing of all of them. */
function summarizeStep(run: Run): RunView {
  return { ...showSummary(run), ...showSegments(run) };
}

interface ShownSteps {
  steps?: RunView[];
  steps_next_cursor?: string;
  unreadable?: Unreadable[];
}

/** The steps of a run whose workflow was deleted cannot be named any more, and are left out. */
async function stepsOf(ctx: Context, { caller }: Pick<Call, 'caller'>, run: Run): Promise<ShownSteps> {
  if (run.kind !== 'workflow') return {};
  try {
    const { items, unreadable, next } = await viewChildren(ctx, run, summarizeStep);
    // Of the list of runs with this parent, where the other items are.
    const list = listOfCall({ caller, params: {} }, LIST_RUNS, { parent: run.id });
    return {
      steps: items,
      ...(next !== undefined && { steps_next_cursor: encodeCursor(list, next) }),
      ...(unreadable && { unreadable }),
    };
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_NOT_FOUND') return {};
    throw error;
  }
}

/** The engine's filter. @throws ConnectorError ERR_NOT_FOUND for a name that is none of the tenant's */
export async function filterOf(ctx: Context, tenant: string, query: FilterQuery): Promise<RunFilter> {
  const { status, action, code, cause, trigger, id, dead_letter, metadata, from, to } = query;
  return {
    ...(status === undefined ? {} : { status }),
    ...(action === undefined ? {} : { action }),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(id === undefined ? {} : { id_prefix: id }),
    ...(query.parent === undefined ? {} : { parent: (await getRun(ctx, tenant, query.parent)).id }),
    ...(query.replay === undefined ? {} : await replayFilter(ctx, tenant, query.replay)),
    ...(dead_letter === undefined ? {} : { dead_letter }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
    ...(query.workflow === undefined ? {} : { workflow: await workflowId(ctx, tenant, query.workflow) }),
    ...(query.linked_account === undefined
      ? {}
      : { linked_account: await accountId(ctx, tenant, query.linked_account) }),
  };
}

async function replayFilter(
  ctx: Context,
  tenant: string,
  id: string,
): Promise<Pick<RunFilter, 'replay_of' | 'bulk_replay'>> {
  if (!id.startsWith('rpl_')) return { replay_of: id };
  const { created_at } = await getBatch(ctx, tenant, id);
  return { bulk_replay: { id, created_at } };
}

/** Ids are taken as they are: the runs of a deleted object stay and are found by it. */
async function workflowId(ctx: Context, tenant: string, idOrName: string): Promise<string> {
  return idOrName.startsWith('wf_') ? idOrName : (await getWorkflow(ctx, tenant, idOrName)).id;
}

async function accountId(ctx: Context, tenant: string, idOrName: string): Promise<string> {
  return idOrName.startsWith('la_') ? idOrName : (await findAccount(ctx, tenant, idOrName)).value.id;
}
