import { parseJson } from '../../connector/json.ts';
import { readTenantIds } from '../access/tenants.ts';
import type { Context } from '../runs/context.ts';
import { resealLinkSecret } from '../secrets/signed-links.ts';
import { usageWrite } from '../store/quotas.ts';
import { transact } from '../store/records.ts';
import { resealDefinition, type StoredDefinition } from '../workflows/definition-secrets.ts';
import { definitionKey } from '../workflows/definitions.ts';
import { readWorkflow, WORKFLOW_KIND } from '../workflows/workflow-record.ts';

/** Workflows read at once; one may be as large as a body. */
const BATCH = 50;

/**
 * Seals again, under the data key that seals now, what lasts: the secret of links, and the secrets of every version of every workflow.
 * What runs hold goes with them. Versions never change, so it may run while the system serves, and again where it was stopped.
 * @returns how many versions were sealed again, and how many could not be opened
 */
export async function resealDefinitions(
  ctx: Context,
  signal?: AbortSignal,
): Promise<{ resealed: number; failed: number }> {
  const count = { resealed: 0, failed: 0 };
  await resealLinkSecret(ctx);
  for (const tenant of new Set(['default', ...(await readTenantIds(ctx))])) {
    const index = ctx.keys.objects(WORKFLOW_KIND, tenant);
    for (let from = 0; ; from += BATCH) {
      const ids = await ctx.redis.zrange(index, String(from), String(from + BATCH - 1));
      for (const id of ids) {
        if (signal?.aborted === true) return count;
        await resealVersions(ctx, { id, tenant }, count);
      }
      if (ids.length < BATCH) break;
    }
  }
  return count;
}

async function resealVersions(
  ctx: Context,
  workflow: { id: string; tenant: string },
  count: { resealed: number; failed: number },
): Promise<void> {
  const { id } = workflow;
  try {
    const { latest = 0 } = (await readWorkflow(ctx, id)) ?? {};
    for (let version = 1; version <= latest; version += 1) {
      if (await resealVersion(ctx, workflow, definitionKey(ctx, id, version))) count.resealed += 1;
    }
  } catch (error) {
    count.failed += 1;
    ctx.log.error(
      { workflow: id, err: error },
      'the secrets of a workflow cannot be sealed again and stay as they are',
    );
  }
}

async function resealVersion(ctx: Context, workflow: { id: string; tenant: string }, key: string): Promise<boolean> {
  const text = await ctx.redis.get(key);
  const before = text === null ? undefined : (parseJson(text) as StoredDefinition).sealed;
  if (text === null || before === undefined || ctx.dataKeyring.keyIdOf(before) === ctx.dataKeyring.primaryId)
    return false;
  const after = text.replace(before, () => resealDefinition(ctx, workflow, before));
  const amount = Buffer.byteLength(after) - Buffer.byteLength(text);
  // It may have been deleted meanwhile.
  const failed = await transact(
    ctx,
    [['equals', key, text]],
    [['SET', key, after], usageWrite(ctx, { tenant: workflow.tenant, name: 'workflow_bytes', amount })],
  );
  return failed === undefined;
}
