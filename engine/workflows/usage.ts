import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { readableHeads, readHeads } from '../runs/runs.ts';
import { eachRow } from '../store/list-pages.ts';
import { type Definition, loadDefinition } from './definitions.ts';
import { RUN_WORKFLOW } from './workflow-check.ts';
import { listWorkflows } from './workflow-list.ts';
import { shownVersion, type Workflow } from './workflow-record.ts';

/** A workflow that would no longer work. */
export type Dependent = Pick<Workflow, 'id' | 'name' | 'enabled'>;

const PAGE = 200;
/** Open runs are among the newest; older ones than these are not counted. */
const NEWEST = 1000;

/** Workflows whose trigger or steps use a linked account. */
export function workflowsOnAccount(ctx: Context, tenant: string, account: string): Promise<Dependent[]> {
  return dependents(ctx, tenant, (definition) => accountsOf(definition).includes(account));
}

/** Workflows whose trigger or steps are among these. */
export function workflowsWith(
  ctx: Context,
  tenant: string,
  isMeant: (triggerOrAction: string) => boolean,
): Promise<Dependent[]> {
  return dependents(
    ctx,
    tenant,
    ({ trigger, plan }) => isMeant(trigger.id) || [...plan.steps.values()].some(({ step }) => isMeant(step.action)),
  );
}

/** Ids of the linked accounts that the trigger and the steps of a workflow use, each once. */
export function accountsOf({ trigger, plan }: Definition): string[] {
  const uses = [trigger, ...[...plan.steps.values()].map(({ step }) => step)];
  return [...new Set(uses.flatMap(({ linked_account: account }) => account ?? []))];
}

/** Other workflows with a step that runs this one, by its id or name. A name that an expression gives is not found. */
export async function workflowsRunning(ctx: Context, { tenant, id, name }: Workflow): Promise<Dependent[]> {
  const found = await dependents(ctx, tenant, ({ plan }) =>
    [...plan.steps.values()].some(
      ({ step }) => step.action === RUN_WORKFLOW && [id, name].includes(String(step.input.workflow)),
    ),
  );
  return found.filter((other) => other.id !== id);
}

/** How many of its newest 1,000 runs have not ended. */
export async function countOpenRuns(ctx: Context, workflow: string): Promise<number> {
  const ids = await ctx.redis.zrevrange(ctx.keys.workflowRuns(workflow), 0, NEWEST - 1);
  const runs = await readHeads(ctx, ids);
  return runs.filter((run) => run !== undefined && !isEnded(run.status)).length;
}

/** Its newest runs, newest first; one that cannot be read, or is gone, is left out. */
export async function newestRuns(ctx: Context, workflow: string, count: number): Promise<Run[]> {
  const ids = await ctx.redis.zrevrange(ctx.keys.workflowRuns(workflow), 0, count - 1);
  return (await readableHeads(ctx, ids)).filter((run) => run !== undefined);
}

/** By the version that is shown: what is only a draft executes nothing. */
async function dependents(
  ctx: Context,
  tenant: string,
  isDependent: (definition: Definition) => boolean,
): Promise<Dependent[]> {
  const found: Dependent[] = [];
  const workflows = eachRow((after) => listWorkflows(ctx, tenant, { limit: PAGE, after }));
  for await (const { id, name, enabled, version, latest } of workflows) {
    const shown = shownVersion({ version, latest });
    const definition = shown === undefined ? undefined : await readable(ctx, id, shown);
    if (definition !== undefined && isDependent(definition)) found.push({ id, name, enabled });
  }
  return found;
}

/** One that cannot be read, or was deleted meanwhile, executes nothing: it must not keep anybody from deleting something else. */
async function readable(ctx: Context, id: string, version: number): Promise<Definition | undefined> {
  try {
    return await loadDefinition(ctx, id, version);
  } catch (error) {
    if (error instanceof ConnectorError) return undefined;
    throw error;
  }
}
