import { ConnectorError, type Fault } from '../../connector/errors.ts';
import type { Action, JsonObject, Trigger } from '../../connector/manifest.ts';
import { nearestNames } from '../../connector/nearest.ts';
import { chooseSource } from '../../triggers/source.ts';
import { accountOfRun, withDefaultWarehouse } from '../accounts/run-account.ts';
import type { LinkedAccountRecord } from '../authentications/authentication-record.ts';
import type { Context } from '../context.ts';
import { sealInput, secretProperties } from '../keys/secrets.ts';
import { sealOwner } from '../runs/submit.ts';
import { checkSchedule } from '../ticks/schedules.ts';
import { triggerFields } from '../ticks/trigger-scope.ts';
import { checkExpressions, type Known } from './expression-check.ts';
import { type Plan, type PlannedStep, planOf } from './workflow-plan.ts';
import { type Step, type WorkflowDefinition, workflowSchema } from './workflow-schema.ts';

/** The action that is another workflow, and the one that waits for a person. */
export const RUN_WORKFLOW = 'core.run_workflow';
export const APPROVE = 'core.approve';

/** What the checks of one workflow share. */
interface Check {
  ctx: Context;
  tenant: string;
  faults: Fault[];
}

/**
 * The definition with defaults, accounts as ids and secrets sealed.
 * @throws ConnectorError ERR_INPUT_INVALID with every fault: wrong ids, circles, inputs that no run could take, wrong expressions
 */
export async function checkWorkflow(ctx: Context, tenant: string, body: unknown): Promise<WorkflowDefinition> {
  const definition = structuredClone(workflowSchema.check(body, 'workflow')) as WorkflowDefinition;
  const check: Check = { ctx, tenant, faults: [] };
  await checkTrigger(check, definition);
  const plan = planOf(definition, check.faults);
  for (const planned of plan.steps.values()) await checkStep(check, { planned, plan, definition });
  const { faults } = check;
  if (faults.length > 0) {
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `the workflow has ${faults.length} fault${faults.length > 1 ? 's' : ''}: ${faults[0]!.pointer} ${faults[0]!.message}`,
      { errors: faults },
    );
  }
  return definition;
}

async function checkTrigger(check: Check, definition: WorkflowDefinition): Promise<void> {
  const { ctx, faults } = check;
  const { trigger: use } = definition;
  const trigger = ctx.catalogue.triggers.get(use.id);
  if (use.schedule !== undefined) faults.push(...checkSchedule(use.schedule));
  if (trigger === undefined) {
    const near = nearestNames(use.id, [...ctx.catalogue.triggers.keys()]);
    const remedy = near.length > 0 ? `; did you mean "${near[0]}"?` : '; GET /v1/triggers lists them';
    faults.push({ pointer: '/trigger/id', message: `"${use.id}" is not a trigger${remedy}` });
    return;
  }
  if (trigger.kind === 'schedule' && use.schedule?.cron === undefined && use.schedule?.every_seconds === undefined) {
    faults.push({ pointer: '/trigger/schedule', message: 'needs every_seconds or cron' });
  }
  const account = await useAccount(check, { use, pointer: '/trigger', of: trigger });
  const given = fillWarehouse(trigger, account, use.input);
  const wrong = trigger.input.faults(given).map((fault) => moved(fault, '/trigger/input'));
  faults.push(...wrong);
  if (wrong.length > 0) return;
  use.input = sealInput(trigger.input.check(given, 'trigger input'), secretProperties(trigger.manifest.input), {
    keyring: ctx.dataKeyring,
    owner: sealOwner(check.tenant),
  }) as Record<string, unknown>;
  if (trigger.kind === 'poll') checkSource(check, trigger, use.input as JsonObject);
}

/** A source that the input names must be an action that only reads, with an input it takes. */
function checkSource({ ctx, faults }: Check, trigger: Trigger, input: JsonObject): void {
  const source = chooseSource(trigger, input);
  if (!source.action.startsWith('$input.')) return;
  const name = source.action.slice('$input.'.length);
  const id = String(input[name]);
  const action = ctx.catalogue.actions.get(id);
  if (action === undefined) {
    faults.push({ pointer: `/trigger/input/${name}`, message: unknownAction(ctx, id) });
  } else if (action.manifest.effect !== 'safe') {
    faults.push({ pointer: `/trigger/input/${name}`, message: `"${id}" does not only read, so it cannot be polled` });
  } else if (typeof source.input === 'string') {
    const field = source.input.slice('$input.'.length);
    faults.push(...action.input.faults(input[field] ?? {}).map((fault) => moved(fault, `/trigger/input/${field}`)));
  }
}

async function checkStep(
  check: Check,
  of: { planned: PlannedStep; plan: Plan; definition: WorkflowDefinition },
): Promise<void> {
  const { ctx, tenant, faults } = check;
  const { planned, plan, definition } = of;
  const { step, pointer } = planned;
  const known: Known = {
    steps: new Map(plan.before(step.id).map((id) => [id, outputOf(ctx, plan.steps.get(id)?.step)])),
    allSteps: [...plan.steps.keys()],
    variables: Object.keys(definition.variables ?? {}),
    trigger: triggerFields(ctx.catalogue.triggers.get(definition.trigger.id)),
    hasItem: step.for_each !== undefined,
  };
  const outside = { ...known, hasItem: false };
  faults.push(...checkExpressions(step.input, `${pointer}/input`, known));
  faults.push(...checkExpressions(step.if, `${pointer}/if`, outside));
  faults.push(...checkExpressions(step.for_each?.items, `${pointer}/for_each/items`, outside));
  const action = ctx.catalogue.actions.get(step.action);
  if (action === undefined) {
    faults.push({ pointer: `${pointer}/action`, message: unknownAction(ctx, step.action) });
    return;
  }
  if (action.id === RUN_WORKFLOW && step.retry !== undefined) {
    faults.push({ pointer: `${pointer}/retry`, message: 'belongs to the steps of the workflow that is run' });
  }
  const account = await useAccount(check, { use: step, pointer, of: action });
  // The account's default is taken when the step runs, as it is then.
  const input = withDefaultWarehouse(action.manifest.input, account, step.input) as Record<string, unknown>;
  faults.push(...checkStepInput(action, input, `${pointer}/input`), ...checkOptions(action, step, pointer));
  step.input = sealInput(step.input, secretProperties(action.manifest.input), {
    keyring: ctx.dataKeyring,
    owner: sealOwner(tenant),
  }) as Record<string, unknown>;
}

function outputOf(ctx: Context, step: Step | undefined): JsonObject | undefined {
  if (step === undefined || step.for_each !== undefined) return undefined;
  return ctx.catalogue.actions.get(step.action)?.manifest.output;
}

/** Faults of an input, without those at places that an expression fills later. */
function checkStepInput(action: Action, input: Record<string, unknown>, pointer: string): Fault[] {
  return action.input
    .faults(input)
    .filter((fault) => !isFilledLater(input, fault.pointer))
    .map((fault) => moved(fault, pointer));
}

function checkOptions(action: Action, step: Step, pointer: string): Fault[] {
  if (step.options === undefined || action.options === undefined) return [];
  return action.options.faults(step.options).map((fault) => moved(fault, `${pointer}/options`));
}

function isFilledLater(input: unknown, pointer: string): boolean {
  let value = input;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value === 'string') break;
    value = (value as Record<string, unknown> | null)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return typeof value === 'string' && value.includes('{{');
}

/** The account by its id, written into `use`; a fault when there is none that fits. */
async function useAccount(
  { ctx, tenant, faults }: Check,
  at: {
    use: { linked_account?: string; authentication?: string };
    pointer: string;
    of: Action | Trigger;
  },
): Promise<LinkedAccountRecord | undefined> {
  const { use, pointer, of } = at;
  try {
    const account = await accountOfRun(ctx, tenant, { ...use, action: of });
    if (account !== undefined) use.linked_account = account.id;
    return account;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const found = error.errors?.[0];
    const message = found?.message ?? error.message;
    faults.push({ pointer: `${pointer}${found?.pointer ?? '/linked_account'}`, message });
    return undefined;
  }
}

function fillWarehouse(trigger: Trigger, account: LinkedAccountRecord | undefined, input: Record<string, unknown>) {
  const warehouse = account?.default_warehouse_id;
  const { properties = {} } = trigger.manifest.input as { properties?: JsonObject };
  if (warehouse === undefined || 'warehouse_id' in input || !('warehouse_id' in properties)) return input;
  return { warehouse_id: warehouse, ...input };
}

function unknownAction(ctx: Context, id: string): string {
  const near = nearestNames(id, [...ctx.catalogue.actions.keys()]);
  const remedy = near.length > 0 ? `; did you mean "${near[0]}"?` : '; GET /v1/actions lists them';
  return `"${id}" is not an action${remedy}`;
}

function moved(fault: Fault, pointer: string): Fault {
  return { ...fault, pointer: pointer + fault.pointer };
}
