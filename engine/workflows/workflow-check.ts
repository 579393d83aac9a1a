import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import { escapePart, partsOf } from '../../connector/json-pointer.ts';
import type { Action, JsonObject } from '../../connector/manifest.ts';
import { triggerFields } from '../artifacts/trigger-scope.ts';
import { withAccountDefaults } from '../credentials/records/run-account.ts';
import { checkExpressions, type Known } from '../expressions/check.ts';
import { isWholeExpression, occurrencesOf } from '../expressions/template.ts';
import type { Context } from '../runs/context.ts';
import { explainOptions } from '../runs/run-options.ts';
import { isShownField } from '../runs/shown-fields.ts';
import { copiedSecrets } from '../secrets/secrets.ts';
import { newId } from '../store/ids.ts';
import { isRunAccount } from './account-of-run.ts';
import { type Check, moved, unknownAction, useAccount } from './check-parts.ts';
import { definitionPlaces } from './definition-secrets.ts';
import { checkTrigger } from './trigger-check.ts';
import { ON_FAILURE, type Plan, type PlannedStep, planOf } from './workflow-plan.ts';
import { type Step, type WorkflowDefinition, workflowSchema } from './workflow-schema.ts';

/** The action that is another workflow, and the one that waits for a person. */
export const RUN_WORKFLOW = 'core.run_workflow';
export const APPROVE = 'core.approve';

/** Types of a schema that no text fits. */
const NOT_TEXT: ReadonlySet<unknown> = new Set(['integer', 'number', 'boolean', 'array', 'object', 'null']);

/**
 * The definition with defaults, accounts as ids, and secrets as they are; see `sealDefinition`.
 * @throws ConnectorError ERR_INPUT_INVALID with every validation error: wrong ids, circles, inputs that no run could take, wrong expressions
 */
export async function checkWorkflow(ctx: Context, tenant: string, body: unknown): Promise<WorkflowDefinition> {
  const definition = structuredClone(workflowSchema.check(body, 'workflow')) as WorkflowDefinition;
  const owner = { tenant, run: newId('run', ctx.clock.now()) };
  const check: Check = { ctx, tenant, owner, validationErrors: [] };
  await checkTrigger(check, definition);
  const plan = planOf(definition, check.validationErrors);
  for (const planned of plan.steps.values()) await checkStep(check, { planned, plan, definition });
  checkStartsWithAccount(check, definition, plan);
  await checkConcurrencyKey(check, definition);
  const { validationErrors } = check;
  validationErrors.push(...inVariables(definition.variables, '/variables'));
  validationErrors.push(...copiedSecrets(definition, definitionPlaces(ctx, definition)));
  if (validationErrors.length > 0) {
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `the workflow has ${validationErrors.length} validation error${validationErrors.length > 1 ? 's' : ''}: ${validationErrors[0]!.pointer} ${validationErrors[0]!.message}`,
      { errors: validationErrors },
    );
  }
  return definition;
}

/** An expression that is meant as one: of a name that expressions have. Other braces are somebody else's. */
const MEANT = /\{\{\s*(?:trigger|steps|variables|secrets|run|item|index)\b/;

/** Variables are values: no expression in them is evaluated. */
function inVariables(value: unknown, pointer: string): ValidationError[] {
  if (typeof value === 'string' && MEANT.test(value)) {
    return [
      {
        pointer,
        message:
          'must not contain expressions: only steps have expressions; put the expression where the variable is read',
      },
    ];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) => inVariables(item, `${pointer}/${escapePart(name)}`));
}

/** It is read before any step has begun. */
async function checkConcurrencyKey(check: Check, definition: WorkflowDefinition): Promise<void> {
  const { ctx, owner, validationErrors } = check;
  const known: Known = {
    steps: new Map(),
    allSteps: [],
    variables: Object.keys(definition.variables ?? {}),
    secrets: [],
    trigger: triggerFields(ctx.manifests.triggers.get(definition.trigger.id)),
    hasItem: false,
    hasError: false,
    isShown: true,
  };
  const parse = (sources: string[]) => ctx.expressions.parseAll(sources, owner);
  validationErrors.push(...(await checkExpressions(definition.concurrency_key, '/concurrency_key', { known, parse })));
}

/** A run that a trigger of a service starts has the account of the trigger, if it has one; a schedule and an event have none. */
function checkStartsWithAccount({ ctx, validationErrors }: Check, { trigger }: WorkflowDefinition, plan: Plan): void {
  const { kind, connector } = ctx.manifests.triggers.get(trigger.id) ?? {};
  if (kind === undefined || kind === 'manual') return;
  if (trigger.linked_account !== undefined && connector!.manifest.auth.length > 0) return;
  for (const { step, pointer } of plan.steps.values()) {
    if (!isRunAccount(step.linked_account)) continue;
    const message = `is set when a run starts, but the trigger ${trigger.id} cannot set it; use core.manual, or name a linked account`;
    validationErrors.push({ pointer: `${pointer}/linked_account`, message });
  }
}

async function checkStep(
  check: Check,
  of: { planned: PlannedStep; plan: Plan; definition: WorkflowDefinition },
): Promise<void> {
  const { ctx, validationErrors, owner } = check;
  const { planned, plan, definition } = of;
  const { step, pointer } = planned;
  const known: Known = {
    steps: new Map(plan.before(step.id).map((id) => [id, outputOf(ctx, plan.steps.get(id)?.step)])),
    allSteps: [...plan.steps.keys()],
    variables: Object.keys(definition.variables ?? {}),
    secrets: Object.keys(definition.secrets ?? {}),
    trigger: triggerFields(ctx.manifests.triggers.get(definition.trigger.id)),
    hasItem: step.for_each !== undefined,
    hasError: planned.branchOf === ON_FAILURE,
  };
  const outside = { ...known, hasItem: false };
  const parse = (sources: string[]) => ctx.expressions.parseAll(sources, owner);
  for (const [name, value] of Object.entries(step.input)) {
    const isShown = isShownField(step.action, name);
    const at = `${pointer}/input/${escapePart(name)}`;
    validationErrors.push(...(await checkExpressions(value, at, { known: { ...known, isShown }, parse })));
  }
  validationErrors.push(...(await checkExpressions(step.if, `${pointer}/if`, { known: outside, parse })));
  validationErrors.push(
    ...(await checkExpressions(step.for_each?.items, `${pointer}/for_each/items`, { known: outside, parse })),
  );
  validationErrors.push(
    ...notWhole(step.if, `${pointer}/if`),
    ...notWhole(step.for_each?.items, `${pointer}/for_each/items`),
  );
  const action = ctx.manifests.actions.get(step.action);
  if (action === undefined) {
    validationErrors.push({ pointer: `${pointer}/action`, message: unknownAction(ctx, step.action) });
    return;
  }
  if (action.id === RUN_WORKFLOW && step.retry !== undefined) {
    validationErrors.push({ pointer: `${pointer}/retry`, message: 'is set by the steps of the workflow that is run' });
  }
  const account = await useAccount(check, { use: step, pointer, of: action });
  // The account's default is taken when the step runs, as it is then.
  const input = withAccountDefaults(
    action.connector,
    { schema: action.manifest.input, account, fills: 'required' },
    step.input,
  ) as Record<string, unknown>;
  const wrong = checkStepInput(action, input, `${pointer}/input`).filter(
    // The account of the run may have a default.
    (validationError) =>
      !isRunAccount(step.linked_account) || validationError.pointer !== `${pointer}/input/warehouse_id`,
  );
  validationErrors.push(...wrong, ...checkOptions(action, step, pointer));
}

/** Text around expressions would make their values text, which is neither true nor false, and no list. */
function notWhole(template: string | undefined, pointer: string): ValidationError[] {
  if (template === undefined || isWholeExpression(template)) return [];
  return [
    {
      pointer,
      message: 'must be a single expression without surrounding text: {{ a and b }}, not {{ a }} and {{ b }}',
    },
  ];
}

function outputOf(ctx: Context, step: Step | undefined): JsonObject | undefined {
  if (step === undefined || step.for_each !== undefined) return undefined;
  return ctx.manifests.actions.get(step.action)?.manifest.output;
}

/** Validation errors of an input, without those at places that an expression fills later. */
function checkStepInput(action: Action, input: Record<string, unknown>, pointer: string): ValidationError[] {
  return explainOptions(action, action.input.validationErrors(input)).flatMap((validationError) => {
    const template = templateAt(input, validationError.pointer);
    if (template === undefined) return [moved(validationError, pointer)];
    const isText = ![...occurrencesOf(template)].some(({ isWhole }) => isWhole);
    if (!isText || !wantsOtherThanText(validationError)) return [];
    return [
      moved(
        { ...validationError, message: `${validationError.message}; text around an expression turns it into text` },
        pointer,
      ),
    ];
  });
}

function checkOptions(action: Action, step: Step, pointer: string): ValidationError[] {
  if (step.options === undefined || action.options === undefined) return [];
  return action.options
    .validationErrors(step.options)
    .map((validationError) => moved(validationError, `${pointer}/options`));
}

/** The text with expressions that stands at a place, or above it. */
function templateAt(input: unknown, pointer: string): string | undefined {
  let value = input;
  for (const part of partsOf(pointer)) {
    if (typeof value === 'string') break;
    value = (value as Record<string, unknown> | null)?.[part];
  }
  return typeof value === 'string' && [...occurrencesOf(value)].length > 0 ? value : undefined;
}

function wantsOtherThanText({ allowed }: ValidationError): boolean {
  const types = [allowed].flat();
  return types.length > 0 && types.every((type) => NOT_TEXT.has(type));
}
