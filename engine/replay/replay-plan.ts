import { ConnectorError } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { StepState } from '../runs/child-runs.ts';
import { readStates } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readHeads } from '../runs/runs.ts';
import { stepRunIds } from '../workflows/children.ts';
import { type Definition, loadDefinition } from '../workflows/definitions.ts';
import { ON_FAILURE } from '../workflows/workflow-plan.ts';
import type { Step } from '../workflows/workflow-schema.ts';
import { getWorkflow, publishedVersion } from '../workflows/workflows.ts';
import { hasHappened } from './happened.ts';

/** From where a workflow's run is done again, and by which version. */
export interface ReplayChoice {
  /** Left out: `start`. `failed`: only what did not succeed. `step`: that one and all that need it. */
  from?: 'start' | 'failed' | { step: string } | undefined;
  /** Left out: the version of the run. */
  version?: 'same' | 'newest' | undefined;
}

/** A step or an action that happened, or may have, and that a replay would do again. */
export interface Repeated {
  step?: string;
  action: string;
  effect: Effect;
}

export interface ReplayPlan {
  version: number;
  /** Step -> the run whose output stands for a new one. */
  reused: Record<string, string>;
  /**
   * In the order of the definition. Steps that did not happen before are not among them; a step under a condition may come
   * to be skipped.
   */
  repeated: Repeated[];
}

/** Which steps a replay of a workflow's run executes, and of which version. */
export interface ReplayLayout {
  version: number;
  definition: Definition;
  /** Step -> the run whose output stands for a new one. */
  reused: Record<string, string>;
  /** Step -> its run so far; steps that the run's own version has. */
  before: ReadonlyMap<string, string>;
}

/**
 * What a replay of a workflow's run would reuse.
 * @throws ConnectorError ERR_INPUT_INVALID for a step that the version has not; ERR_NOT_FOUND when workflow or version is gone
 */
export async function layOutReplay(ctx: Context, run: Run, choice: ReplayChoice): Promise<ReplayLayout> {
  const workflow = await getWorkflow(ctx, run.tenant, run.workflow!);
  const version = choice.version === 'newest' ? publishedVersion(workflow) : run.workflow_version!;
  const definition = await loadDefinition(ctx, workflow.id, version);
  const before = stepRunIds(run, await loadDefinition(ctx, run.workflow!, run.workflow_version!));
  return { version, definition, before, reused: await reusedSteps(ctx, { choice, definition, before }) };
}

/** What a replay of a workflow's run would reuse and what it would do again. @throws as `layOutReplay` */
export async function planReplay(ctx: Context, run: Run, choice: ReplayChoice): Promise<ReplayPlan> {
  const { version, definition, reused, before } = await layOutReplay(ctx, run, choice);
  const again = [...definition.plan.steps.values()].filter(
    // The steps of on_failure run again only when it fails again.
    ({ step, branchOf }) => reused[step.id] === undefined && before.has(step.id) && branchOf !== ON_FAILURE,
  );
  const runs = await readHeads(
    ctx,
    again.map(({ step }) => before.get(step.id)!),
  );
  const repeated: Repeated[] = [];
  for (const [i, { step }] of again.entries()) {
    if (!(await hasHappened(ctx, runs[i]))) continue;
    repeated.push({ step: step.id, action: step.action, effect: effectOfStep(ctx, step, runs[i]) });
  }
  return { version, reused, repeated };
}

/** The effect of a step as its run had it, or as the manifest says. */
export function effectOfStep(ctx: Context, step: Step, run: Run | undefined): Effect {
  return run?.effect ?? ctx.manifests.actions.get(step.action)?.manifest.effect ?? 'once';
}

async function reusedSteps(
  ctx: Context,
  of: Pick<ReplayLayout, 'definition' | 'before'> & { choice: ReplayChoice },
): Promise<Record<string, string>> {
  const { choice, definition, before } = of;
  const { from = 'start' } = choice;
  if (from === 'start') return {};
  const states = await readStates(ctx, [...before.values()]);
  const stateOf = new Map([...before.keys()].map((step, i) => [step, states[i]!]));
  const undone = [...definition.plan.steps.keys()].filter((id) => !isDone(stateOf.get(id)));
  // What came after a step that is done again would have read another output.
  const again = new Set([...undone, ...(from === 'failed' ? [] : [from.step])].flatMap((id) => after(definition, id)));
  const reused: Record<string, string> = {};
  for (const id of definition.plan.steps.keys()) if (!again.has(id)) reused[id] = before.get(id)!;
  return reused;
}

function isDone(state: StepState | undefined): boolean {
  return state === 'succeeded' || state === 'skipped';
}

/** A step and every one that cannot begin before it. */
function after({ plan }: Definition, step: string): string[] {
  if (!plan.steps.has(step)) {
    throw new ConnectorError('ERR_INPUT_INVALID', `the workflow has no step "${step}"`, {
      errors: [{ pointer: '/from/step', message: `"${step}" is not a step`, allowed: [...plan.steps.keys()] }],
    });
  }
  return [...plan.steps.keys()].filter((id) => id === step || plan.before(id).includes(step));
}
