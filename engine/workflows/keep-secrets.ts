import type { Context } from '../runs/context.ts';
import { HIDDEN } from '../secrets/plain-names.ts';
import { loadDefinition, openWorkflowSecrets } from './definitions.ts';

/**
 * A new version that was made of the one that is shown: entries of `secrets` that only say that there is one keep their value.
 * Those of steps are not kept, since a new version may send them elsewhere; they are refused.
 */
export async function keepSecrets(
  ctx: Context,
  workflow: { id: string; tenant: string; latest: number },
  body: unknown,
): Promise<unknown> {
  const { secrets } = (body ?? {}) as { secrets?: Record<string, unknown> };
  if (secrets === null || typeof secrets !== 'object' || !Object.values(secrets).includes(HIDDEN)) return body;
  // There is only a draft.
  if (workflow.latest === 0) return body;
  const latest = await loadDefinition(ctx, workflow.id, workflow.latest);
  const { values } = openWorkflowSecrets(ctx, workflow, latest);
  const kept = Object.entries(secrets).map(([name, value]) => {
    return [name, value === HIDDEN ? (values[`/${name}`] ?? value) : value];
  });
  return { ...(body as object), secrets: Object.fromEntries(kept) };
}
