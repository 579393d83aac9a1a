import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { ConnectorError } from '../../connector/errors.ts';
import type { Actor } from '../access/actor.ts';
import { deleteApiKey } from '../access/api-keys.ts';
import { FIRST_TENANT } from '../access/first-key.ts';
import { markDeleting } from '../access/suspension.ts';
import { findTenant } from '../access/tenant-list.ts';
import { ALL_TENANTS } from '../access/tenants.ts';
import { scopeOf } from '../connectors/scope.ts';
import { deleteLinkedAccount } from '../credentials/accounts/delete-account.ts';
import { deleteOAuthApp } from '../credentials/oauth/oauth-apps.ts';
import { endBatch } from '../replay/bulk-replays.ts';
import type { Context } from '../runs/context.ts';
import { filesFolder } from '../runs/file-bytes.ts';
import { tryLock } from '../store/locks.ts';
import { changeMessage } from '../store/record-changes.ts';
import { removeWrites, transact } from '../store/records.ts';
import { deleteWebhookEndpoint } from '../webhook-endpoints/webhook-endpoints.ts';
import { deleteWorkflow } from '../workflows/workflows.ts';
import { keptKeys, sweepTenant } from './sweep-tenant.ts';
import { listIds, notedIds, noteIds, noteKey } from './tenant-ids.ts';
import { removeTenantRuns } from './tenant-runs.ts';

const LOCK_MS = 10_000;
/** Workers have this long to cancel what they have begun at services. */
const CANCEL_MS = 10_000;
/** Looks until nothing is found any more; what writes meanwhile are workers that end what they hold. */
const MAX_LOOKS = 40;
const LOOK_MS = 500;
/** As `createTenant` makes them: such an id is in no name of a key by chance. */
const TENANT_ID = /^tnt_[0-9a-z]+$/;

/**
 * Deletes a tenant with everything: its runs with their artifacts, workflows, accounts and their grants, keys, and what is left of it in any
 * shared list. It stops at once; unfinished runs are canceled. A deletion that was killed is continued by the next call. In the audit log of
 * the operator's tenant, entries about it stay; files that core.file wrote go from this machine's folder only.
 * @throws ConnectorError ERR_NOT_FOUND; ERR_CONFLICT for the first tenant, while another call deletes it, and when workers still hold some of it
 */
export async function deleteTenant(
  ctx: Context,
  operator: Actor,
  id: string,
  { cancelMs = CANCEL_MS }: { cancelMs?: number } = {},
): Promise<void> {
  await findTenant(ctx, id);
  if (id !== FIRST_TENANT && !TENANT_ID.test(id)) {
    throw new ConnectorError('ERR_CONFLICT', `the tenant "${id}" was not created through the API or the command line`, {
      hint: 'Only tenants whose id begins with "tnt_" can be deleted.',
    });
  }
  await markDeleting(ctx, operator, id);
  const lock = await tryLock(ctx, `tenant-deletion:${id}`, LOCK_MS);
  if (lock === undefined) {
    throw new ConnectorError('ERR_CONFLICT', `the tenant "${id}" is being deleted by another request`, {
      hint: 'Wait until it has ended, or 10 seconds if its process died, and repeat.',
    });
  }
  try {
    await removeOwned(await scopeForDeletion(ctx, id), { ...operator, tenant: id }, cancelMs);
    const kept = keptKeys(ctx, id, lock.key);
    await sweepUntilEmpty(ctx, id, kept);
    const ids = await notedIds(ctx, id);
    await transact(
      ctx,
      [],
      [
        ...removeWrites(ctx, { kind: 'tenant', id, owners: [ALL_TENANTS] }, undefined),
        ['DEL', noteKey(ctx, id)],
        ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('tenant', id)],
      ],
    );
    ctx.changes.tell('tenant', id);
    // Housekeeping may have measured it until now.
    await sweepTenant(ctx, ids, [lock.key]);
  } finally {
    await lock.release();
  }
}

/** With the tenant's own connectors, unless an earlier call was killed after it had removed them: then nothing is left that needs them. */
async function scopeForDeletion(ctx: Context, tenant: string): Promise<Context> {
  try {
    return await scopeOf(ctx, tenant);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_NOT_FOUND') return ctx;
    throw error;
  }
}

/** Removes what the tenant has, as its own admin would. */
async function removeOwned(ctx: Context, actor: Actor, cancelMs: number): Promise<void> {
  const { tenant } = actor;
  const owned = await listIds(ctx, tenant);
  await noteIds(ctx, tenant, Object.values(owned).flat());
  for (const id of owned.replays) await endBatch(ctx, id, 'canceled');
  await removeTenantRuns(ctx, tenant, { accounts: owned.accounts, waitMs: cancelMs });
  for (const id of owned.workflows) await unlessGone(deleteWorkflow(ctx, tenant, id));
  for (const id of owned.accounts) await unlessGone(deleteLinkedAccount(ctx, actor, id));
  for (const id of owned.apps) await unlessGone(deleteOAuthApp(ctx, actor, id));
  for (const id of owned.endpoints) await unlessGone(deleteWebhookEndpoint(ctx, actor, id));
  for (const id of owned.apiKeys) await unlessGone(deleteApiKey(ctx, actor, id));
  await rm(filesFolder(ctx, tenant), { recursive: true, force: true });
}

async function unlessGone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof ConnectorError) || error.code !== 'ERR_NOT_FOUND') throw error;
  });
}

async function sweepUntilEmpty(ctx: Context, tenant: string, kept: readonly string[]): Promise<void> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const runs = await removeTenantRuns(ctx, tenant, { accounts: [], waitMs: 0 });
    const swept = await sweepTenant(ctx, await notedIds(ctx, tenant), kept);
    if (runs + swept === 0) return;
    if (look > 0) await setTimeout(LOOK_MS);
  }
  throw new ConnectorError('ERR_CONFLICT', `workers still hold some of the tenant "${tenant}"`, {
    hint: 'It starts nothing any more. Repeat the request in a minute.',
  });
}
