import { onTestFinished } from 'vitest';
import type { Context } from '../../engine/context.ts';
import type { Run } from '../../engine/runs/run.ts';
import { readRun } from '../../engine/runs/runs.ts';
import { newId } from '../../engine/store/ids.ts';
import { startWorker } from '../../engine/worker.ts';
import { viewChildren } from '../../engine/workflows/children.ts';
import { submitWorkflow } from '../../engine/workflows/submit-workflow.ts';
import type { Workflow } from '../../engine/workflows/workflow-record.ts';
import { createWorkflow } from '../../engine/workflows/workflows.ts';
import { testContext } from '../context.ts';
import { ended } from '../workspace.ts';

/** A context with a worker, and workflows of steps that need no service. */
export interface Flows {
  ctx: Context;
  /** Stores a workflow that is run manually. */
  make(steps: unknown[], more?: Record<string, unknown>): Promise<Workflow>;
  /** Begins a run of a workflow. */
  begin(workflow: Workflow, trigger?: unknown): Promise<string>;
  /** Makes a workflow of these steps and gives its run at its end. */
  run(steps: unknown[], given?: { trigger?: unknown; more?: Record<string, unknown> }): Promise<Run>;
  /** How the steps of a run ended, by step. */
  steps(run: string): Promise<Record<string, Run>>;
}

export async function openFlows(given: Parameters<typeof testContext>[0] & { worker?: boolean } = {}): Promise<Flows> {
  const ctx = await testContext(given);
  if (given.worker !== false) {
    const worker = await startWorker(ctx);
    onTestFinished(() => worker.close());
  }
  return flowsOf(ctx);
}

/** Workflows in a context that is there. */
export function flowsOf(ctx: Context): Flows {
  let count = 0;
  const flows: Flows = {
    ctx,
    make: (steps, more = {}) =>
      createWorkflow(ctx, 'default', { name: `flow ${count++}`, trigger: { id: 'core.manual' }, steps, ...more }),
    async begin(workflow, trigger = {}) {
      const id = newId('run', ctx.clock.now());
      await submitWorkflow(ctx, 'default', { id, workflow: workflow.id, version: workflow.version, trigger });
      return id;
    },
    async run(steps, { trigger, more } = {}) {
      return ended(ctx, await flows.begin(await flows.make(steps, more), trigger));
    },
    async steps(id) {
      const run = await readRun(ctx, id);
      const children = (await viewChildren(ctx, run!, (child) => child)).items;
      return Object.fromEntries(children.map((child) => [child.step, child]));
    },
  };
  return flows;
}

/** A step that gives a value. */
export function value(id: string, given: unknown, more: Record<string, unknown> = {}) {
  return { id, action: 'core.transform', input: { value: given }, ...more };
}

/** A step that fails. */
export function failing(id: string, more: Record<string, unknown> = {}) {
  return { id, action: 'core.fail', input: { message: `${id} went wrong` }, ...more };
}
