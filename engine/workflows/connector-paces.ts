import type { Manifests } from '../../connector/manifest.ts';
import { scopeOf } from '../connectors/scope.ts';
import type { Context } from '../runs/context.ts';
import { workflowsWith } from './usage.ts';
import { readWorkflow } from './workflow-record.ts';
import { followSchedule } from './workflow-schedule.ts';

/**
 * Reschedules workflows whose trigger has another pace since its connector was replaced. When a crash keeps it from that, a trigger
 * that became faster is scheduled by the watchdog, and one that became slower when it is published or enabled again.
 */
export async function followPaces(
  given: Context,
  tenant: string,
  replaced: { id: string; before: Manifests },
): Promise<void> {
  const ctx = await scopeOf(given, tenant);
  const { triggers } = replaced.before;
  const changed = new Set(
    [...ctx.manifests.triggers.values()].flatMap(({ id, connector, manifest }) => {
      const before = triggers.get(id);
      const isOther = before !== undefined && before.manifest.every_seconds !== manifest.every_seconds;
      return isOther && connector.id === replaced.id ? [id] : [];
    }),
  );
  if (changed.size === 0) return;
  for (const { id, enabled } of await workflowsWith(ctx, tenant, (used) => changed.has(used))) {
    const workflow = enabled ? await readWorkflow(ctx, id) : undefined;
    if (workflow !== undefined) await followSchedule(ctx, workflow);
  }
}
