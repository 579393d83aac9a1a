import type { TriggerSummary, WorkflowSummary } from 'penstock-client';

export type TriggerState = WorkflowSummary['trigger']['state'];

/** Every state, those that need a person first. */
export const TRIGGER_STATES = [
  'authentication',
  'not_delivering',
  'failing',
  'late',
  'paused',
  'ok',
  'disabled',
  'draft',
] as const satisfies readonly TriggerState[];

/** States in which records wait and somebody should look. */
export const TROUBLED: ReadonlySet<TriggerState> = new Set<TriggerState>([
  'authentication',
  'not_delivering',
  'failing',
  'late',
]);

/** The state as it is shown: only what has a schedule can be on time. */
export function shownState(state: TriggerState, kind: TriggerSummary['kind'] | undefined): string {
  return state === 'ok' && (kind === 'manual' || kind === 'webhook') ? 'ready' : state;
}
