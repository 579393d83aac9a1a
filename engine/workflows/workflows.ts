import { ConnectorError } from '../../connector/errors.ts';
import { quotaCheck } from '../access/quotas.ts';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { type Check, transact, type Write } from '../records.ts';
import { removeCursor } from '../ticks/cursors.ts';
import { removeRanges } from '../ticks/ranges.ts';
import { removeSchedule, scheduleOf, writeSchedule } from '../ticks/schedules.ts';
import { enqueueTick } from '../ticks/tick-queue.ts';
import { sealDefinition } from './definition-secrets.ts';
import { definitionKey, loadDefinition, revealDefinition } from './definitions.ts';
import { keepSecrets } from './keep-secrets.ts';
import { checkWorkflow } from './workflow-check.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

export { loadDefinition, showDefinition } from './definitions.ts';

/** A workflow's own record; its trigger and steps are kept per version, none of which ever changes. Times are epoch ms. */
export interface Workflow {
  id: string;
  tenant: string;
  name: string;
  /** The published one, which ticks and runs use; 0 while there are only drafts. */
  version: number;
  /** The newest one, published or draft. */
  latest: number;
  enabled: boolean;
  /** Rises when the URL for incoming webhooks is made anew. */
  hook_generation?: number;
  created_at: number;
  updated_at: number;
}

const KIND = 'workflow';

/**
 * Checks and stores a workflow and, when enabled, its schedule. The name is taken in the same step, so two at once make one.
 * @throws ConnectorError ERR_INPUT_INVALID with every fault, ERR_NAME_TAKEN, ERR_QUOTA_EXCEEDED
 */
export async function createWorkflow(ctx: Context, tenant: string, body: unknown): Promise<Workflow> {
  const definition = await checkWorkflow(ctx, tenant, body);
  const now = ctx.clock.now();
  const id = newId('wf', now);
  const workflow: Workflow = {
    id,
    tenant,
    name: definition.name,
    version: definition.publish ? 1 : 0,
    latest: 1,
    enabled: definition.publish && definition.enabled,
    created_at: now,
    updated_at: now,
  };
  const names = ctx.keys.names(KIND, tenant);
  const place = schedulePlace(ctx, workflow, definition);
  const failed = await transact(
    ctx,
    [['free', names, workflow.name, id], quotaCheck(ctx, { tenant, name: 'workflows' }), ...place.checks],
    [
      ['HSET', names, workflow.name, id],
      ['SET', definitionKey(ctx, id, 1), JSON.stringify(definition)],
      ['SET', ctx.keys.object(KIND, id), JSON.stringify(workflow)],
      ['ZADD', ctx.keys.objects(KIND, tenant), now, id],
      ...place.writes,
    ],
  );
  if (failed !== undefined) throw nameTaken(workflow.name);
  if (definition.publish) await followSchedule(ctx, workflow);
  return workflow;
}

/**
 * Stores a new version; runs in hand keep theirs, and the cursor stays. A draft (`publish: false`) changes nothing else.
 * @throws as `createWorkflow`, and ERR_NOT_FOUND
 */
export async function updateWorkflow(
  ctx: Context,
  tenant: string,
  change: { id: string; body: unknown },
): Promise<Workflow> {
  const before = await getWorkflow(ctx, tenant, change.id);
  const definition = await checkWorkflow(ctx, tenant, await keepSecrets(ctx, before, change.body));
  const latest = before.latest + 1;
  const updated_at = ctx.clock.now();
  if (!definition.publish) {
    const workflow: Workflow = { ...before, latest, updated_at };
    await writeWorkflow(ctx, workflow, definition);
    return workflow;
  }
  if (definition.name !== before.name) await takeName(ctx, tenant, definition.name, before.id);
  const { name, enabled } = definition;
  const workflow: Workflow = { ...before, name, version: latest, latest, enabled, updated_at };
  await takeSchedulePlace(ctx, workflow, definition);
  await writeWorkflow(ctx, workflow, definition);
  if (name !== before.name) await ctx.redis.hdel(ctx.keys.names(KIND, tenant), before.name);
  return workflow;
}

/**
 * Makes a version the one that ticks and runs use, the newest unless another is named; so an earlier one comes back, too.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID when it no longer fits (an action or account is gone)
 */
export async function publishWorkflow(
  ctx: Context,
  tenant: string,
  change: { id: string; version?: number | undefined },
): Promise<Workflow> {
  const before = await getWorkflow(ctx, tenant, change.id);
  const version = change.version ?? before.latest;
  const stored = revealDefinition(ctx, before, await loadDefinition(ctx, before.id, version));
  await checkWorkflow(ctx, tenant, stored);
  const enabled = before.version === 0 ? stored.enabled : before.enabled;
  await takeSchedulePlace(ctx, { ...before, enabled }, stored);
  if (stored.name !== before.name) await takeName(ctx, tenant, stored.name, before.id);
  const workflow: Workflow = { ...before, name: stored.name, version, enabled, updated_at: ctx.clock.now() };
  await writeRecord(ctx, workflow);
  await followSchedule(ctx, workflow);
  if (stored.name !== before.name) await ctx.redis.hdel(ctx.keys.names(KIND, tenant), before.name);
  return workflow;
}

/**
 * Enables or disables the schedule; the cursor stays. Doing it twice changes nothing.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a workflow that was never published
 */
export async function setEnabled(
  ctx: Context,
  tenant: string,
  change: { id: string; enabled: boolean },
): Promise<Workflow> {
  const before = await getWorkflow(ctx, tenant, change.id);
  if (before.version === 0) throw unpublished(before);
  const workflow = { ...before, enabled: change.enabled, updated_at: ctx.clock.now() };
  await takeSchedulePlace(ctx, workflow, await loadDefinition(ctx, workflow.id, workflow.version));
  await writeRecord(ctx, workflow);
  await followSchedule(ctx, workflow);
  return workflow;
}

/** Makes the workflow's URL for incoming webhooks anew; the one before is none any more. */
export async function renewHook(ctx: Context, tenant: string, id: string): Promise<Workflow> {
  const before = await getWorkflow(ctx, tenant, id);
  const generation = (before.hook_generation ?? 0) + 1;
  const workflow = { ...before, hook_generation: generation, updated_at: ctx.clock.now() };
  await writeRecord(ctx, workflow);
  return workflow;
}

/** Removes the workflow, its schedule and its cursor; its runs stay until retention takes them. */
export async function deleteWorkflow(ctx: Context, tenant: string, id: string): Promise<void> {
  const workflow = await getWorkflow(ctx, tenant, id);
  await removeSchedule(ctx, id);
  const { keys } = ctx;
  const versions = Array.from({ length: workflow.latest }, (_, i) => definitionKey(ctx, id, i + 1));
  await ctx.redis
    .multi()
    .zrem(keys.objects(KIND, tenant), id)
    .zrem(keys.schedules(tenant), id)
    .hdel(keys.names(KIND, tenant), workflow.name)
    .del(keys.object(KIND, id), ...versions)
    .exec();
  await removeCursor(ctx, id);
  await removeRanges(ctx, id);
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

/** The version that a run of a workflow takes: the published one. @throws ConnectorError ERR_CONFLICT when there is none */
export function publishedVersion(workflow: Workflow): number {
  if (workflow.version === 0) throw unpublished(workflow);
  return workflow.version;
}

async function writeWorkflow(ctx: Context, workflow: Workflow, definition: WorkflowDefinition): Promise<void> {
  const { keys } = ctx;
  await ctx.redis
    .multi()
    .set(definitionKey(ctx, workflow.id, workflow.latest), JSON.stringify(sealDefinition(ctx, workflow, definition)))
    .set(keys.object(KIND, workflow.id), JSON.stringify(workflow))
    .zadd(keys.objects(KIND, workflow.tenant), workflow.created_at, workflow.id)
    .exec();
  if (definition.publish) await followSchedule(ctx, workflow);
}

async function writeRecord(ctx: Context, workflow: Workflow): Promise<void> {
  await ctx.redis.set(ctx.keys.object(KIND, workflow.id), JSON.stringify(workflow));
}

/** What counts a workflow among those with a schedule when it is enabled and has one, and takes it off otherwise. */
function schedulePlace(
  ctx: Context,
  { id, tenant, enabled }: Workflow,
  { trigger }: Pick<WorkflowDefinition, 'trigger'>,
): { checks: Check[]; writes: Write[] } {
  const key = ctx.keys.schedules(tenant);
  if (!enabled || scheduleOf(ctx, trigger) === undefined) return { checks: [], writes: [['ZREM', key, id]] };
  return {
    checks: [quotaCheck(ctx, { tenant, name: 'schedules', member: id })],
    writes: [['ZADD', key, ctx.clock.now(), id]],
  };
}

/** @throws ConnectorError ERR_QUOTA_EXCEEDED; nothing is changed then */
async function takeSchedulePlace(
  ctx: Context,
  workflow: Workflow,
  definition: Pick<WorkflowDefinition, 'trigger'>,
): Promise<void> {
  const { checks, writes } = schedulePlace(ctx, workflow, definition);
  await transact(ctx, checks, writes);
}

/** The schedule as the published version and the switch want it. */
async function followSchedule(ctx: Context, workflow: Workflow): Promise<void> {
  if (!workflow.enabled) return removeSchedule(ctx, workflow.id);
  const { trigger } = await loadDefinition(ctx, workflow.id, workflow.version);
  await writeSchedule(ctx, workflow.id, scheduleOf(ctx, trigger));
  // What is there already is delivered now, not after the first interval; while a page is in flight the tick does nothing.
  if (
    ctx.catalogue.triggers.get(trigger.id)?.manifest.every_seconds !== undefined &&
    trigger.schedule?.cron === undefined
  ) {
    await enqueueTick(ctx, workflow.id);
  }
}

async function takeName(ctx: Context, tenant: string, name: string, id: string): Promise<void> {
  if ((await ctx.redis.hsetnx(ctx.keys.names(KIND, tenant), name, id)) === 1) return;
  throw nameTaken(name);
}

function nameTaken(name: string): ConnectorError {
  return new ConnectorError('ERR_NAME_TAKEN', `a workflow named "${name}" exists`, {
    hint: 'Choose another name, or change the existing workflow with PUT.',
    errors: [{ pointer: '/name', message: 'is taken' }],
  });
}

function unpublished(workflow: Workflow): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `the workflow "${workflow.name}" has only drafts`, {
    hint: `Publish it first: POST /v1/workflows/${workflow.id}/publish.`,
  });
}
