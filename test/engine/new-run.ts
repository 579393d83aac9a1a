import type { Context } from '../../engine/context.ts';
import type { Run } from '../../engine/runs/run.ts';
import { newId } from '../../engine/store/ids.ts';

/** A run of one action as it is before anybody wrote it; `fields` replaces what a test is about. */
export function newRun(ctx: Context, fields: Partial<Run> = {}): Run {
  const now = ctx.clock.now();
  return {
    id: newId('run', now),
    tenant: 'default',
    kind: 'action',
    purpose: 'call',
    status: 'queued',
    action: 'databricks.run_job',
    input: {},
    options: {},
    launches: [],
    attempts: 0,
    failures: 0,
    created_at: now,
    ...fields,
  };
}
