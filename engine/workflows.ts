import { ConnectorError, type Fault } from '../connector/errors.ts';
import type { Action } from '../connector/manifest.ts';
import type { LinkedAccountView } from './account-view.ts';
import { getLinkedAccount } from './accounts.ts';
import type { Context } from './context.ts';
import { checkExpressions } from './expressions.ts';
import { newId } from './ids.ts';
import { withDefaultWarehouse } from './run-account.ts';
import { removeSchedule, writeSchedule } from './schedules.ts';
import { hideSealed, sealInput, secretProperties } from './secrets.ts';
import { sealOwner } from './submit.ts';
import { type WorkflowDefinition, workflowSchema } from './workflow-schema.ts';

/** A workflow's own record; its trigger and steps are kept per version. Times are epoch ms. */
export interface Workflow {
  id: string;
  tenant: string;
  name: string;
  version: number;
  enabled: boolean;
  created_at: number;
  updated_at: number;
}

/** Triggers without a source: nothing is polled for them. */
export const MANUAL_TRIGGER = 'core.manual';
export const SCHEDULE_TRIGGER = 'core.schedule';

const KIND = 'workflow';
const VERSION_KIND = 'workflow-version';

/**
 * Checks and stores a workflow and, when enabled, its schedule. The name is taken in the same step, so two at once make one.
 * @throws ConnectorError ERR_INPUT_INVALID with every fault, ERR_NAME_TAKEN
 */
export async function createWorkflow(ctx: Context, tenant: string, body: unknown): Promise<Workflow> {
  const definition = await checkWorkflow(ctx, tenant, body);
  const now = ctx.clock.now();
  const id = newId('wf', now);
  await takeName(ctx, tenant, definition.name, id);
  const workflow: Workflow = {
    id,
    tenant,
    name: definition.name,
    version: 1,
    enabled: definition.enabled,
    created_at: now,
    updated_at: now,
  };
  await writeWorkflow(ctx, workflow, definition);
  return workflow;
}

/** Stores a new version; runs in hand keep theirs, and the cursor stays. @throws as `createWorkflow`, and ERR_NOT_FOUND */
export async function updateWorkflow(
  ctx: Context,
  tenant: string,
  change: { id: string; body: unknown },
): Promise<Workflow> {
  const before = await getWorkflow(ctx, tenant, change.id);
  const definition = await checkWorkflow(ctx, tenant, change.body);
  if (definition.name !== before.name) await takeName(ctx, tenant, definition.name, before.id);
  const workflow: Workflow = {
    ...before,
    name: definition.name,
    version: before.version + 1,
    enabled: definition.enabled,
    updated_at: ctx.clock.now(),
  };
  await writeWorkflow(ctx, workflow, definition);
  if (definition.name !== before.name) await ctx.redis.hdel(ctx.keys.names(KIND, tenant), before.name);
  return workflow;
}

/** Enables or disables the schedule; the cursor stays. Doing it twice changes nothing. */
export async function setEnabled(
  ctx: Context,
  tenant: string,
  change: { id: string; enabled: boolean },
): Promise<Workflow> {
  const workflow = {
    ...(await getWorkflow(ctx, tenant, change.id)),
    enabled: change.enabled,
    updated_at: ctx.clock.now(),
  };
  await ctx.redis.set(ctx.keys.object(KIND, workflow.id), JSON.stringify(workflow));
  const { trigger } = await loadDefinition(ctx, workflow.id, workflow.version);
  if (change.enabled) await writeSchedule(ctx, workflow.id, scheduleOf(ctx, trigger));
  else await removeSchedule(ctx, workflow.id);
  return workflow;
}

/** Removes the workflow, its schedule and its cursor; its runs stay until retention takes them. */
export async function deleteWorkflow(ctx: Context, tenant: string, id: string): Promise<void> {
  const workflow = await getWorkflow(ctx, tenant, id);
  await removeSchedule(ctx, id);
  const { keys } = ctx;
  const versions = Array.from({ length: workflow.version }, (_, i) => keys.object(VERSION_KIND, `${id}.${i + 1}`));
  await ctx.redis
    .multi()
    .zrem(keys.objects(KIND, tenant), id)
    .hdel(keys.names(KIND, tenant), workflow.name)
    .del(keys.object(KIND, id), keys.cursor(id), keys.cursorHistory(id), ...versions)
    .exec();
}

/** The tenant's workflow by id or name. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function getWorkflow(ctx: Context, tenant: string, idOrName: string): Promise<Workflow> {
  const id = idOrName.startsWith('wf_')
    ? idOrName
    : ((await ctx.redis.hget(ctx.keys.names(KIND, tenant), idOrName)) ?? idOrName);
  const workflow = await readWorkflow(ctx, id);
  if (workflow === undefined || workflow.tenant !== tenant) {
    throw new ConnectorError('ERR_NOT_FOUND', `there is no workflow "${idOrName}"`, {
      hint: '"penstock workflows" lists them.',
    });
  }
  return workflow;
}

/** A workflow of whatever tenant, for the engine's own use. */
export async function readWorkflow(ctx: Context, id: string): Promise<Workflow | undefined> {
  const text = await ctx.redis.get(ctx.keys.object(KIND, id));
  return text === null ? undefined : (JSON.parse(text) as Workflow);
}

/** Oldest first; `cursor` is the id after which to go on. */
export async function listWorkflows(
  ctx: Context,
  tenant: string,
  request: { limit: number; cursor?: string | undefined },
): Promise<{ workflows: Workflow[]; next_cursor: string | null }> {
  const index = ctx.keys.objects(KIND, tenant);
  const rank = request.cursor === undefined ? -1 : ((await ctx.redis.zrank(index, request.cursor)) ?? -1);
  const ids = await ctx.redis.zrange(index, String(rank + 1), String(rank + request.limit));
  const texts = ids.length === 0 ? [] : await ctx.redis.mget(ids.map((id) => ctx.keys.object(KIND, id)));
  const workflows = texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Workflow]));
  return { workflows, next_cursor: ids.length === request.limit ? ids.at(-1)! : null };
}

/** The trigger and steps of one version, secrets sealed. @throws ConnectorError ERR_NOT_FOUND */
export async function loadDefinition(ctx: Context, id: string, version: number): Promise<WorkflowDefinition> {
  const text = await ctx.redis.get(ctx.keys.object(VERSION_KIND, `${id}.${version}`));
  if (text === null) {
    throw new ConnectorError('ERR_NOT_FOUND', `version ${version} of workflow "${id}" is gone`, {
      hint: 'The workflow was deleted.',
    });
  }
  return JSON.parse(text) as WorkflowDefinition;
}

/** A definition as it may be shown. */
export function showDefinition(definition: WorkflowDefinition): WorkflowDefinition {
  return hideSealed(definition) as WorkflowDefinition;
}

/** How often a trigger is due: its own schedule, or what its manifest says of its input. */
export function scheduleOf(
  ctx: Context,
  use: WorkflowDefinition['trigger'],
): { everyMs: number } | { cron: string; timeZone: string } | undefined {
  if (use.schedule?.cron !== undefined) return { cron: use.schedule.cron, timeZone: use.schedule.time_zone ?? 'UTC' };
  if (use.schedule?.every_seconds !== undefined) return { everyMs: use.schedule.every_seconds * 1000 };
  const manifest = ctx.catalogue.triggers.get(use.id)?.manifest;
  if (manifest === undefined) return undefined;
  const every = typeof manifest.every_seconds === 'number' ? manifest.every_seconds : use.input.every_seconds;
  return { everyMs: Number(every) * 1000 };
}

async function writeWorkflow(ctx: Context, workflow: Workflow, definition: WorkflowDefinition): Promise<void> {
  const { keys } = ctx;
  await ctx.redis
    .multi()
    .set(keys.object(VERSION_KIND, `${workflow.id}.${workflow.version}`), JSON.stringify(definition))
    .set(keys.object(KIND, workflow.id), JSON.stringify(workflow))
    .zadd(keys.objects(KIND, workflow.tenant), workflow.created_at, workflow.id)
    .exec();
  if (workflow.enabled) await writeSchedule(ctx, workflow.id, scheduleOf(ctx, definition.trigger));
  else await removeSchedule(ctx, workflow.id);
}

async function takeName(ctx: Context, tenant: string, name: string, id: string): Promise<void> {
  if ((await ctx.redis.hsetnx(ctx.keys.names(KIND, tenant), name, id)) === 1) return;
  throw new ConnectorError('ERR_NAME_TAKEN', `a workflow named "${name}" exists`, {
    hint: 'Choose another name, or change the existing workflow with PUT.',
    errors: [{ pointer: '/name', message: 'is taken' }],
  });
}

/** The definition with defaults, accounts as ids and secrets sealed, or every fault at once. */
async function checkWorkflow(ctx: Context, tenant: string, body: unknown): Promise<WorkflowDefinition> {
  const definition = structuredClone(workflowSchema.check(body, 'workflow')) as WorkflowDefinition;
  const faults: Fault[] = [];
  await checkTrigger(ctx, tenant, definition, faults);
  const before: string[] = [];
  for (const [i, step] of definition.steps.entries()) {
    const pointer = `/steps/${i}`;
    if (before.includes(step.id))
      faults.push({ pointer: `${pointer}/id`, message: `"${step.id}" is the id of an earlier step` });
    const action = ctx.catalogue.actions.get(step.action);
    if (action === undefined)
      faults.push({
        pointer: `${pointer}/action`,
        message: `"${step.action}" is not an action; "penstock actions" lists them`,
      });
    faults.push(...checkExpressions(step.input, `${pointer}/input`, before));
    if (action !== undefined) {
      const account = await useAccount(ctx, tenant, { use: step, pointer, connector: action.connector.id, faults });
      // The account's default is taken when the step runs, as it is then.
      const input = withDefaultWarehouse(action.manifest.input, account, step.input) as Record<string, unknown>;
      faults.push(...checkStepInput(action, input, `${pointer}/input`));
      step.input = sealInput(step.input, secretProperties(action.manifest.input), {
        keyring: ctx.dataKeyring,
        owner: sealOwner(tenant),
      }) as Record<string, unknown>;
    }
    before.push(step.id);
  }
  if (faults.length > 0) {
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `the workflow has ${faults.length} fault${faults.length > 1 ? 's' : ''}: ${faults[0]!.pointer} ${faults[0]!.message}`,
      { errors: faults },
    );
  }
  return definition;
}

async function checkTrigger(
  ctx: Context,
  tenant: string,
  definition: WorkflowDefinition,
  faults: Fault[],
): Promise<void> {
  const { trigger: use } = definition;
  const isBuiltIn = use.id === MANUAL_TRIGGER || use.id === SCHEDULE_TRIGGER;
  if (isBuiltIn) {
    if (use.id === SCHEDULE_TRIGGER && use.schedule?.cron === undefined && use.schedule?.every_seconds === undefined) {
      faults.push({ pointer: '/trigger/schedule', message: 'needs every_seconds or cron' });
    }
    return;
  }
  const trigger = ctx.catalogue.triggers.get(use.id);
  if (trigger === undefined) {
    const allowed = [MANUAL_TRIGGER, SCHEDULE_TRIGGER, ...ctx.catalogue.triggers.keys()];
    faults.push({ pointer: '/trigger/id', message: `"${use.id}" is not a trigger`, allowed });
    return;
  }
  const account = await useAccount(ctx, tenant, { use, pointer: '/trigger', connector: trigger.connector.id, faults });
  const input = withDefaultWarehouse(trigger.manifest.input, account, use.input);
  const wrong = trigger.input.faults(input).map((fault) => ({ ...fault, pointer: `/trigger/input${fault.pointer}` }));
  faults.push(...wrong);
  if (wrong.length === 0) use.input = trigger.input.check(input, 'trigger input') as Record<string, unknown>;
}

/** Faults of an input, without those at places that an expression fills later. */
function checkStepInput(action: Action, input: Record<string, unknown>, pointer: string): Fault[] {
  return action.input
    .faults(input)
    .filter((fault) => !isFilledLater(input, fault.pointer))
    .map((fault) => ({ ...fault, pointer: pointer + fault.pointer }));
}

function isFilledLater(input: unknown, pointer: string): boolean {
  let value = input;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value === 'string') break;
    value = (value as Record<string, unknown> | null)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return typeof value === 'string' && value.includes('{{');
}

async function useAccount(
  ctx: Context,
  tenant: string,
  at: { use: { linked_account?: string }; pointer: string; connector: string; faults: Fault[] },
): Promise<LinkedAccountView | undefined> {
  const { use, pointer, connector, faults } = at;
  if (connector === 'core') return undefined;
  if (use.linked_account === undefined) {
    faults.push({
      pointer: `${pointer}/linked_account`,
      message: 'is missing; give the id or name of a linked account',
    });
    return undefined;
  }
  try {
    const account = await getLinkedAccount(ctx, tenant, use.linked_account);
    use.linked_account = account.id;
    return account;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    faults.push({ pointer: `${pointer}/linked_account`, message: error.message });
    return undefined;
  }
}
