import { ConnectorError } from '../../connector/errors.ts';
import { partsOf } from '../../connector/json-pointer.ts';
import { withRows } from '../artifacts/trigger-scope.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readHead } from '../runs/runs.ts';
import { submitAction } from '../runs/submit.ts';
import { credentialsIn } from '../secrets/secrets.ts';
import { newId } from '../store/ids.ts';
import { isRunAccount } from './account-of-run.ts';
import { stepRunIds } from './children.ts';
import { type Definition, loadDefinition, openStepInput, openWorkflowSecrets } from './definitions.ts';
import { evaluateGuarded } from './guarded-evaluation.ts';
import { keepLists, listProperties } from './lists.ts';
import { ownSecrets } from './scope-secrets.ts';
import { type Evaluated, evaluateInput } from './step-scope.ts';
import { RUN_WORKFLOW } from './workflow-check.ts';
import type { Workflow } from './workflow-record.ts';
import type { Step } from './workflow-schema.ts';

/** One step of a workflow, to be run by itself. */
export interface StepTest {
  step: string;
  /** Left out: the newest. */
  version?: number | undefined;
  /** In place of a version: the step as a draft has it. */
  definition?: Definition | undefined;
  /** A run of the workflow, whose trigger and outputs are read. */
  run?: string | undefined;
  /** Otherwise what is read instead. */
  trigger?: unknown;
  /** Step -> its output. */
  outputs?: Record<string, unknown>;
  /** Of a step with `for_each`. */
  item?: unknown;
  /** Id or name, of a step that uses `{{ run.linked_account }}`; left out, that of `run`. */
  linked_account?: string | undefined;
  /** In place of the step's own input, expressions and all. */
  input?: unknown;
  /** For the run that is made. */
  id?: string;
  /** Throws when anyone who asks may not run this action by itself. */
  mayRun?: (action: string) => void;
}

/**
 * Runs one step by itself, with its effect, with values of a recorded run or with sample values. Its run belongs to no workflow run.
 * @throws ConnectorError ERR_INPUT_INVALID for a step that is not there, ERR_EXPRESSION, and those of `submitAction`
 */
export async function testStep(ctx: Context, workflow: Workflow, test: StepTest): Promise<Run> {
  const definition = test.definition ?? (await loadDefinition(ctx, workflow.id, test.version ?? workflow.latest));
  const step = definition.plan.steps.get(test.step)?.step;
  if (step === undefined || step.action === RUN_WORKFLOW) throw notTestable(test.step, definition);
  test.mayRun?.(step.action);
  const { input, refs, places, account } = await inputOf(ctx, workflow, { test, step, definition });
  return submitAction(ctx, workflow.tenant, {
    request: {
      action: step.action,
      linked_account: isRunAccount(step.linked_account) ? (test.linked_account ?? account) : step.linked_account,
      authentication: step.authentication,
      input,
      options: step.options,
    },
    origin: {
      ...(test.id === undefined ? {} : { id: test.id }),
      step: step.id,
      interactive: true,
      secret_places: places,
      input_refs: refs,
    },
  });
}

async function inputOf(
  ctx: Context,
  workflow: Workflow,
  of: { test: StepTest; step: Step; definition: Definition },
): Promise<Evaluated & { account?: string | undefined }> {
  const { test, step, definition } = of;
  // Anyone who chooses the input may be less than the author: it reads no secrets, so that it cannot send them elsewhere.
  const isShown = test.input !== undefined;
  const template = isShown
    ? (test.input as Record<string, unknown>)
    : openStepInput(ctx, workflow, definition, step.id);
  const lists = listProperties(ctx.manifests.actions.get(step.action)?.manifest.input ?? {});
  const item = step.for_each === undefined ? undefined : { value: test.item, index: 0 };
  if (test.run !== undefined) {
    const run = await readHead(ctx, test.run);
    if (run === undefined || run.tenant !== workflow.tenant || run.workflow !== workflow.id) {
      throw new ConnectorError('ERR_NOT_FOUND', `"${test.run}" is not a run of the workflow "${workflow.name}"`);
    }
    const recorded = await loadDefinition(ctx, workflow.id, run.workflow_version!);
    const place = { run, definition, children: stepRunIds(run, recorded), step, isShown, ...(item && { item }) };
    return { ...(await evaluateInput(ctx, place, template, lists)), account: run.linked_account };
  }
  const steps = Object.fromEntries(
    Object.entries(test.outputs ?? {}).map(([id, output]) => [id, { status: 'succeeded', output }]),
  );
  const own = openWorkflowSecrets(ctx, workflow, definition);
  const scope = {
    trigger: withRows(test.trigger ?? {}),
    steps,
    variables: definition.variables ?? {},
    ...(isShown ? {} : { secrets: ownSecrets(own) }),
    run: { id: 'run_test', workflow: workflow.id, linked_account: test.linked_account, approvals: {} },
    ...(item === undefined ? {} : { item: item.value, index: 0 }),
  };
  const owner = { tenant: workflow.tenant, run: newId('run', ctx.clock.now()) };
  const paths = isShown ? [] : [...own.places.keys()].map((pointer) => ['secrets', ...partsOf(pointer)]);
  const secrets = { paths, credentials: credentialsIn(own.places) };
  const { value, places } = await evaluateGuarded(ctx, { values: scope, secrets }, template, {
    owner,
    pointer: '/input',
  });
  const input = value as Record<string, unknown>;
  await keepLists(ctx, { input, template, lists, scope, owner });
  return { input, refs: undefined, places };
}

function notTestable(id: string, definition: Definition): ConnectorError {
  const allowed = [...definition.plan.steps.values()]
    .filter(({ step }) => step.action !== RUN_WORKFLOW)
    .map(({ step }) => step.id);
  return new ConnectorError('ERR_INPUT_INVALID', `"${id}" is not a step that can be tested`, {
    errors: [{ pointer: '/step', message: 'is not a step that can be tested', allowed }],
  });
}
