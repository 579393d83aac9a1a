import type { Effect } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';
import { loadShownOwnInput } from '../runs/inputs.ts';
import type { Run } from '../runs/run.ts';
import { readHeads } from '../runs/runs.ts';
import { checkAction } from '../runs/submit.ts';
import { loadDefinition, revealDefinition } from '../workflows/definitions.ts';
import { ON_FAILURE } from '../workflows/workflow-plan.ts';
import { differencesOf, type ValueChange, type VersionChanges, versionChanges } from './differences.ts';
import { countOutside, type LastLaunch, lastLaunch } from './happened.ts';
import { actionReplay, assertReplayable, peekDelivery, type ReplayRequest } from './replay.ts';
import { effectOfStep, layOutReplay, type ReplayLayout } from './replay-plan.ts';

/** What a replay does with one step, or with the action of a run that has no steps. */
export interface StepPreview {
  step?: string;
  action: string;
  /** `reuse`: its output stands, nothing is done. `again`: it runs. */
  what: 'reuse' | 'again';
  effect: Effect;
  /** Effects that happened, or may have, and would happen a second time: those of `token` and `once`. */
  repeats: number;
  last_launch?: LastLaunch;
  /** The run whose output is reused. */
  output_of?: string;
  /** It has a condition, and may be skipped. */
  is_conditional?: true;
  /** It runs only if this step fails. */
  if_fails?: string;
  /** It runs only if the workflow fails. */
  on_failure?: true;
}

/** What the replay of one run would do. */
export interface RunReplayPreview {
  run: Run;
  steps: StepPreview[];
  /** Of a workflow's run: its version and the one that would run. */
  version?: { from: number; to: number } & VersionChanges;
  /** Of another input than the recorded one: where it differs. */
  input?: { changes: ValueChange[]; is_complete: boolean };
  /** Of a run that delivered events: whether its replay also moves the cursor. */
  delivery?: { moves_cursor: boolean };
  /** Effects that the outside gets a second time, over all steps. */
  repeats: number;
  /** What is to be done exactly as it is shown here. */
  layout?: Pick<ReplayLayout, 'version' | 'reused'>;
}

/** More is read better in the two inputs themselves. */
const MAX_CHANGES = 100;

/**
 * Looks at what `replayRun` would do, and changes nothing. Whatever that would refuse is refused here: for another reason
 * than time, a replay that was looked at can be made. @throws as `replayRun`
 */
export async function previewReplay(ctx: Context, run: Run, request: ReplayRequest): Promise<RunReplayPreview> {
  assertReplayable(run);
  const of =
    run.kind === 'workflow' ? await previewWorkflow(ctx, run, request) : await previewAction(ctx, run, request);
  const input = request.input === undefined ? undefined : await compareInput(ctx, run, request.input);
  const repeats = of.steps.reduce((sum, step) => sum + step.repeats, 0);
  return { run, ...of, ...(input && { input }), repeats };
}

async function previewAction(ctx: Context, run: Run, request: ReplayRequest) {
  const { effect } = await checkAction(ctx, run.tenant, await actionReplay(ctx, run, request));
  const { happened, last } = await countOutside(ctx, run);
  const step: StepPreview = {
    action: run.action!,
    what: 'again',
    effect,
    repeats: happened.token + happened.once,
    ...(last && { last_launch: last }),
  };
  return { steps: [step] };
}

async function previewWorkflow(ctx: Context, run: Run, request: ReplayRequest) {
  const layout = await layOutReplay(ctx, run, request);
  const delivery = await peekDelivery(ctx, run);
  const from = run.workflow_version!;
  const changes =
    from === layout.version ? { steps: [], fields: [] } : versionChanges(...(await bothVersions(ctx, run, layout)));
  return {
    steps: await previewSteps(ctx, layout),
    version: { from, to: layout.version, ...changes },
    ...(delivery && { delivery }),
    layout: { version: layout.version, reused: layout.reused },
  };
}

async function previewSteps(ctx: Context, { definition, reused, before }: ReplayLayout): Promise<StepPreview[]> {
  const planned = [...definition.plan.steps.values()];
  const ids = planned.map(({ step }) => before.get(step.id));
  const known = ids.filter((id) => id !== undefined);
  const heads = await readHeads(ctx, known);
  const headOf = new Map(known.map((id, i) => [id, heads[i]]));
  const shown: StepPreview[] = [];
  for (const [i, { step, branchOf }] of planned.entries()) {
    const head = headOf.get(ids[i]!);
    const output_of = reused[step.id];
    const common = { step: step.id, action: step.action, effect: effectOfStep(ctx, step, head) };
    if (output_of !== undefined) {
      const last = head?.kind === 'action' && head.skipped !== true ? lastLaunch(head) : undefined;
      shown.push({ ...common, what: 'reuse', repeats: 0, output_of, ...(last && { last_launch: last }) });
      continue;
    }
    const { happened, last } = await countOutside(ctx, head);
    const isOfFailure = branchOf === ON_FAILURE;
    shown.push({
      ...common,
      what: 'again',
      // The steps of on_failure run again only when it fails again.
      repeats: isOfFailure ? 0 : happened.token + happened.once,
      ...(last && { last_launch: last }),
      ...(step.if === undefined ? {} : { is_conditional: true as const }),
      ...(isOfFailure ? { on_failure: true as const } : branchOf === undefined ? {} : { if_fails: branchOf }),
    });
  }
  return shown;
}

async function bothVersions(ctx: Context, run: Run, { definition }: ReplayLayout) {
  const workflow = { id: run.workflow!, tenant: run.tenant };
  const before = await loadDefinition(ctx, workflow.id, run.workflow_version!);
  return [revealDefinition(ctx, workflow, before), revealDefinition(ctx, workflow, definition)] as const;
}

/** As the recorded input is shown: whether a secret was guessed is not told. */
async function compareInput(ctx: Context, run: Run, input: unknown) {
  const found = differencesOf(await loadShownOwnInput(ctx, run), input, MAX_CHANGES + 1);
  return { changes: found.slice(0, MAX_CHANGES), is_complete: found.length <= MAX_CHANGES };
}
