import type { Undone } from '../../../actions/service.ts';
import { readPath } from '../../../connector/template.ts';

/** What was stopped and is found in one of these states was started again by someone else. */
const AGAIN: Readonly<Record<string, Omit<Undone, 'state'> & { states: readonly string[] }>> = Object.freeze({
  'databricks.stop_warehouse': {
    states: ['STARTING', 'RUNNING'],
    message: 'the warehouse was started again while it was stopping',
    hint: 'Syncs, schedules, dashboards and queries start a warehouse automatically. Pause what uses it, or do not wait for the end.',
  },
  'databricks.terminate_cluster': {
    states: ['PENDING', 'RUNNING', 'RESTARTING', 'RESIZING'],
    message: 'the cluster was started again while it terminated',
    hint: 'Jobs and notebooks start a cluster automatically. Stop what uses it, or do not wait for the end.',
  },
});
/** Before, the state may be that of before the request. */
const AFTER_MS = 120_000;

/** Whether a warehouse or cluster that is being stopped was started again. */
export function undone(id: string, last: unknown, waitedMs: number): Undone | undefined {
  const again = Object.hasOwn(AGAIN, id) ? AGAIN[id] : undefined;
  const state = readPath(last, 'state');
  if (again === undefined || typeof state !== 'string' || !again.states.includes(state) || waitedMs < AFTER_MS)
    return undefined;
  const { message, hint } = again;
  return { state, message, hint };
}
