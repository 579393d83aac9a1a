/*
 * The workflows floor: definitions and their checks, and what a workflow's run does: steps, loops, approvals, sub-
 * workflows. It submits, cancels and reads runs, and sets schedules and cursors. It asks no source: that is
 * engine/polling/.
 */

import { ConnectorError } from '../../connector/errors.ts';
import { removeRanges } from '../cursors/backfills.ts';
import { removeCursor } from '../cursors/cursors.ts';
import { removeSchedule } from '../queue/schedules.ts';
import type { Context } from '../runs/context.ts';
import { compareAndSet } from '../store/compare-and-set.ts';
import { newId } from '../store/ids.ts';
import { quotaCheck, usageWrite } from '../store/quotas.ts';
import type { Check, Write } from '../store/records.ts';
import { type Definition, definitionKey, loadDefinition, openTriggerInput, revealDefinition } from './definitions.ts';
import { snapshotKeys } from './draft-runs.ts';
import { removalOfDraft } from './drafts.ts';
import { checkIfMatch, etagOfWorkflow, type IfMatch } from './etag.ts';
import { keepSecrets } from './keep-secrets.ts';
import { knownTrigger } from './missing-parts.ts';
import { samplesRemoval } from './samples.ts';
import { changeWithWebhooks, registersWebhook, removeWebhooks } from './service-webhooks.ts';
import { createUnpublished, isUnpublished, saveUnpublished } from './unpublished.ts';
import { checkWorkflow } from './workflow-check.ts';
import {
  type By,
  changeWorkflow,
  insertWorkflow,
  notedBy,
  noteWrite,
  noWorkflow,
  readWorkflow,
  WORKFLOW_KIND,
  type Workflow,
} from './workflow-record.ts';
import { followSchedule, schedulePlace } from './workflow-schedule.ts';

/** What is checked and written in the transaction of a change; asked again for each try. */
type Also = () => Promise<{ checks: Check[]; writes: Write[] }>;

/**
 * Checks and stores a workflow and, when enabled, its schedule. Record, name and audit entry are written in one step,
 * so two at once make one. With `publish: false` it has a draft and no version; see `createUnpublished`.
 * One whose trigger registers a webhook at its service is not stored when that is refused.
 * @throws ConnectorError ERR_INPUT_INVALID with every validation error, ERR_NAME_TAKEN, ERR_QUOTA_EXCEEDED; as `WebhookChange.follow`
 */
export async function createWorkflow(ctx: Context, tenant: string, body: unknown, by: By = {}): Promise<Workflow> {
  if (isUnpublished(body)) return createUnpublished(ctx, tenant, { given: body, actor: by.actor });
  const { metadata, ...definition } = await checkWorkflow(ctx, tenant, body);
  const now = ctx.clock.now();
  const after: Workflow = {
    id: newId('wf', now),
    tenant,
    name: definition.name,
    version: 1,
    latest: 1,
    enabled: definition.enabled,
    ...(metadata === undefined ? {} : { metadata }),
    created_at: now,
    updated_at: now,
  };
  const place = schedulePlace(ctx, after, definition);
  const checks = [quotaCheck(ctx, { tenant, name: 'workflows' }), ...place.checks];
  const registers = after.enabled && registersWebhook(ctx, definition.trigger);
  // The service is told of a workflow that is there: one that is killed in between can be enabled, or deleted.
  const first: Workflow = registers ? { ...after, enabled: false } : after;
  await insertWorkflow(ctx, { after: first, definition, checks, writes: place.writes }, notedBy(by, 'create'));
  if (registers) return enableNew(ctx, first, by);
  await followSchedule(ctx, after);
  return after;
}

async function enableNew(ctx: Context, { tenant, id }: Workflow, by: By): Promise<Workflow> {
  try {
    return await setEnabled(ctx, tenant, { id, enabled: true });
  } catch (error) {
    await deleteWorkflow(ctx, tenant, id, by);
    throw error;
  }
}

/**
 * Stores a new version and publishes it; runs in flight keep theirs, and the cursor stays. Two at once are stored one after the
 * other, each with a version of its own; the later one is published. Without `enabled`, and when it is enabled or disabled
 * meanwhile, a workflow that was published stays enabled or disabled. With `publish: false` the body becomes the draft, and
 * nothing else changes; see `saveUnpublished`. @throws as `createWorkflow`, and ERR_NOT_FOUND
 */
export async function updateWorkflow(
  ctx: Context,
  tenant: string,
  change: { id: string; body: unknown; ifMatch?: IfMatch | undefined; also?: Also } & By,
): Promise<Workflow> {
  const found = await getWorkflow(ctx, tenant, change.id);
  const { id } = found;
  if (isUnpublished(change.body)) return saveUnpublished(ctx, found, { ...change, given: change.body });
  const noted = notedBy(change, 'update');
  const workflow = await changeWithWebhooks(ctx, { tenant, id }, (webhooks) =>
    changeWorkflow(ctx, { tenant, id, noted }, async (before, first) => {
      checkIfMatch('the workflow', { ifMatch: change.ifMatch, current: etagOfWorkflow(before) });
      const checked = await checkWorkflow(ctx, tenant, await keepSecrets(ctx, before, change.body));
      const { metadata = before.metadata, ...definition } = checked;
      const also = (await change.also?.()) ?? { checks: [], writes: [] };
      const latest = before.latest + 1;
      const updated_at = ctx.clock.now();
      const isKept = before.enabled !== first.enabled || (before.version > 0 && !hasEnabled(change.body));
      const enabled = isKept ? before.enabled : definition.enabled;
      const { name } = definition;
      const after: Workflow = {
        ...before,
        name,
        version: latest,
        latest,
        enabled,
        updated_at,
        ...(metadata === undefined ? {} : { metadata }),
      };
      const { checks, writes } = schedulePlace(ctx, after, definition);
      return {
        after: await webhooks.follow(after, definition.trigger, await publishedTrigger(ctx, before)),
        definition,
        checks: [...checks, ...also.checks],
        writes: [...writes, ...also.writes],
      };
    }),
  );
  await followSchedule(ctx, workflow);
  return workflow;
}

/** Whether a body says if the workflow is enabled; the schema fills it in where it does not. */
function hasEnabled(body: unknown): boolean {
  return (body as { enabled?: unknown }).enabled !== undefined;
}

/**
 * Makes a version the one that ticks and runs use, the newest unless another is named; so an earlier one comes back,
 * too. @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID when it no longer fits (an action or account is gone)
 */
export async function publishWorkflow(
  ctx: Context,
  tenant: string,
  change: { id: string; version?: number | undefined } & By,
): Promise<Workflow> {
  const { id } = await getWorkflow(ctx, tenant, change.id);
  const noted = notedBy(change, 'publish', (before) => ({ before: before?.version }));
  const workflow = await changeWithWebhooks(ctx, { tenant, id }, (webhooks) =>
    changeWorkflow(ctx, { tenant, id, noted }, async (before) => {
      if (before.latest === 0) throw unpublished(before);
      const version = change.version ?? before.latest;
      const stored = revealDefinition(ctx, before, await loadDefinition(ctx, before.id, version));
      await checkWorkflow(ctx, tenant, stored);
      const enabled = before.version === 0 ? stored.enabled : before.enabled;
      const after: Workflow = { ...before, name: stored.name, version, enabled, updated_at: ctx.clock.now() };
      return { after: await webhooks.follow(after, stored.trigger), ...schedulePlace(ctx, after, stored) };
    }),
  );
  await followSchedule(ctx, workflow);
  return workflow;
}

/**
 * Enables or disables the trigger: its schedule, and its webhook at the service; the cursor stays. Doing it twice changes nothing.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a workflow that was never published, ERR_TRIGGER_UNKNOWN; as `WebhookChange.follow`
 */
export async function setEnabled(
  ctx: Context,
  tenant: string,
  change: { id: string; enabled: boolean } & By,
): Promise<Workflow> {
  const { id } = await getWorkflow(ctx, tenant, change.id);
  const noted = notedBy(change, change.enabled ? 'enable' : 'disable');
  const workflow = await changeWithWebhooks(ctx, { tenant, id }, (webhooks) =>
    changeWorkflow(ctx, { tenant, id, noted }, async (before) => {
      if (before.version === 0) throw unpublished(before);
      const after = { ...before, enabled: change.enabled, updated_at: ctx.clock.now() };
      const definition = await loadDefinition(ctx, id, after.version);
      if (change.enabled) knownTrigger(ctx, definition.trigger.id);
      const followed = await webhooks.follow(after, openTrigger(ctx, after, definition));
      return { after: followed, ...schedulePlace(ctx, after, definition) };
    }),
  );
  await followSchedule(ctx, workflow);
  return workflow;
}

/** Recreates the workflow's URL for incoming webhooks; the old one stops working. A service that was told of it is told of the new one. */
export async function rotateWebhookUrl(ctx: Context, tenant: string, id: string, by: By = {}): Promise<Workflow> {
  return changeWithWebhooks(ctx, { tenant, id }, (webhooks) =>
    changeWorkflow(ctx, { tenant, id, noted: notedBy(by, 'rotate_url') }, async (before) => {
      const generation = (before.url_generation ?? 0) + 1;
      const after = { ...before, url_generation: generation, updated_at: ctx.clock.now() };
      if (!after.enabled || after.version === 0) return { after };
      const definition = await loadDefinition(ctx, id, after.version);
      return { after: await webhooks.follow(after, openTrigger(ctx, after, definition)) };
    }),
  );
}

/** Removes the workflow, its schedule, its webhook at the service and its cursor; its runs stay until retention takes them. */
export async function deleteWorkflow(ctx: Context, tenant: string, id: string, by: By = {}): Promise<void> {
  const { keys } = ctx;
  const key = keys.object(WORKFLOW_KIND, id);
  await removeWebhooks(ctx, await getWorkflow(ctx, tenant, id));
  await compareAndSet(ctx, `the workflow "${id}"`, async () => {
    const workflow = await getWorkflow(ctx, tenant, id);
    await removeSchedule(ctx, id);
    const noted = notedBy(by, 'delete');
    const versions = Array.from({ length: workflow.latest }, (_, i) => definitionKey(ctx, id, i + 1));
    const sizes = await sizesOf(ctx, versions);
    const ofDraft = await removalOfDraft(ctx, workflow);
    const snapshots = snapshotKeys(ctx, workflow);
    const bytes = [...sizes, ...(await sizesOf(ctx, snapshots))].reduce((sum, size) => sum + size, 0);
    const ofSamples = await samplesRemoval(ctx, workflow);
    return {
      // A version or sample that is saved meanwhile must not stay behind, nor a name that is changed.
      checks: [['equals', key, JSON.stringify(workflow)], ...ofDraft.checks, ...ofSamples.checks],
      writes: [
        ['ZREM', keys.objects(WORKFLOW_KIND, tenant), id],
        ['ZREM', keys.schedules(tenant), id],
        ['HDEL', keys.names(WORKFLOW_KIND, tenant), workflow.name],
        ['DEL', key],
        ...[...versions, ...snapshots].map((version): Write => ['DEL', version]),
        usageWrite(ctx, { tenant, name: 'workflow_versions', amount: -sizes.filter((size) => size > 0).length }),
        usageWrite(ctx, { tenant, name: 'workflow_bytes', amount: -bytes }),
        ...ofDraft.writes,
        ...ofSamples.writes,
        ...(noted === undefined ? [] : [noteWrite(ctx, noted, workflow)]),
      ],
      result: undefined,
    };
  });
  await removeCursor(ctx, id);
  await removeRanges(ctx, id);
}

/** Bytes of texts in Redis; 0 for one that is not there. */
async function sizesOf(ctx: Context, keys: readonly string[]): Promise<number[]> {
  const reading = ctx.redis.pipeline();
  for (const key of keys) reading.strlen(key);
  return ((await reading.exec()) ?? []).map(([error, size]) => {
    if (error !== null) throw error;
    return size as number;
  });
}

/** The tenant's workflow by id or name. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function getWorkflow(ctx: Context, tenant: string, idOrName: string): Promise<Workflow> {
  const id = idOrName.startsWith('wf_')
    ? idOrName
    : ((await ctx.redis.hget(ctx.keys.names(WORKFLOW_KIND, tenant), idOrName)) ?? idOrName);
  const workflow = await readWorkflow(ctx, id);
  if (workflow === undefined || workflow.tenant !== tenant) {
    throw noWorkflow(idOrName);
  }
  return workflow;
}

/**
 * The version that a run of a workflow takes: the published one. @throws ConnectorError ERR_CONFLICT when there is none
 */
export function publishedVersion(workflow: Workflow): number {
  if (workflow.version === 0) throw unpublished(workflow);
  return workflow.version;
}

/** The trigger of the published version while the workflow is enabled, with its secrets. */
async function publishedTrigger(ctx: Context, workflow: Workflow) {
  if (!workflow.enabled || workflow.service_webhooks === undefined) return undefined;
  return openTrigger(ctx, workflow, await loadDefinition(ctx, workflow.id, workflow.version));
}

/** A trigger with its secrets. */
function openTrigger(ctx: Context, workflow: Workflow, definition: Definition) {
  return { ...definition.trigger, input: openTriggerInput(ctx, workflow, definition) };
}

function unpublished({ id, name, latest }: Workflow): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `the workflow "${name}" was never published`, {
    hint: `Publish it first: POST /v1/workflows/${id}/${latest === 0 ? 'draft/publish' : 'publish'}.`,
  });
}

/** @throws ConnectorError ERR_CONFLICT when the workflow is disabled */
export function assertEnabled(workflow: Workflow): void {
  if (workflow.version === 0) throw unpublished(workflow);
  if (workflow.enabled) return;
  throw new ConnectorError('ERR_CONFLICT', `the workflow "${workflow.name}" is disabled`, {
    hint: `Enable it first: POST /v1/workflows/${workflow.id}/enable.`,
  });
}
