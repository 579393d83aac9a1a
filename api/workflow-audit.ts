import { audit, type Change } from '../engine/access/audit.ts';
import type { Context } from '../engine/context.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import type { Call } from './http/route.ts';

/** Records who did what to a workflow. */
export async function noteWorkflow(
  ctx: Context,
  { caller }: Call,
  { verb, workflow, details }: { verb: string; workflow: Workflow; details?: Record<string, unknown> },
): Promise<void> {
  const { id, name, version } = workflow;
  const target = { kind: 'workflow', id, name };
  const change: Change = { action: `workflow.${verb}`, target, details: { version, ...details } };
  await audit(ctx, caller, change);
}
