import { hasMetadata, type Metadata } from '../store/metadata.ts';
import { bulkReplayRunId } from './child-runs.ts';
import type { Run, RunStatus, RunTrigger } from './run.ts';
import { causeOf } from './run-cause.ts';

/** Which runs are meant; all that is given must hold. */
export interface RunFilter {
  status?: RunStatus;
  action?: string;
  workflow?: string;
  linked_account?: string;
  /** Code of the error. */
  code?: string;
  /** Only those that failed for this reason; see engine/runs/run-cause.ts. */
  cause?: string;
  /** What started it. */
  trigger?: RunTrigger;
  /** Only steps and items of this run. */
  parent?: string;
  /** Only replays of this run. */
  replay_of?: string;
  /** Only replays that this bulk replay has made. */
  bulk_replay?: { id: string; created_at: number };
  /** Only these. */
  ids?: readonly string[];
  /** Only those whose id begins so. */
  id_prefix?: string;
  /** Only those with all of these. */
  metadata?: Metadata;
  /** Only those whose page was dead-lettered. */
  dead_letter?: true;
  /** Epoch ms, inclusive. */
  from?: number;
  to?: number;
}

/** Whether a run is in the list that a filter gives. */
export function isListed(run: Run, filter: RunFilter): boolean {
  const isHidden = run.purpose === 'poll' || run.purpose === 'lookup';
  return matches(run, filter) && (!isHidden || (run.status === 'failed' && isOfFailed(filter)));
}

/** Whether a filter means failed runs alone: polls and lookups that failed are among them, and in no other list. */
export function isOfFailed({ status, code, cause, dead_letter, workflow }: RunFilter): boolean {
  if (workflow !== undefined) return false;
  return status === 'failed' || code !== undefined || cause !== undefined || dead_letter === true;
}

/** Whether a run is as a filter says. */
export function matches(run: Run, filter: RunFilter): boolean {
  const failed = run.error?.step;
  return (
    (filter.parent === undefined ? run.purpose !== 'step' : run.parent === filter.parent) &&
    (filter.trigger === undefined || run.trigger === filter.trigger) &&
    (filter.replay_of === undefined || run.replay_of === filter.replay_of) &&
    (filter.bulk_replay === undefined || isReplayOf(run, filter.bulk_replay)) &&
    (filter.ids === undefined || filter.ids.includes(run.id)) &&
    (filter.id_prefix === undefined || run.id.startsWith(filter.id_prefix)) &&
    (filter.from === undefined || run.created_at >= filter.from) &&
    (filter.to === undefined || run.created_at <= filter.to) &&
    (filter.status === undefined || run.status === filter.status) &&
    (filter.action === undefined || run.action === filter.action || failed?.action === filter.action) &&
    (filter.workflow === undefined || run.workflow === filter.workflow) &&
    (filter.metadata === undefined || hasMetadata(run.metadata, filter.metadata)) &&
    (filter.dead_letter === undefined || run.dead_letter === 'open') &&
    (filter.linked_account === undefined ||
      run.linked_account === filter.linked_account ||
      failed?.linked_account === filter.linked_account) &&
    (filter.code === undefined ||
      [run.error?.code, failed?.code, run.error?.upstream?.error_code].includes(filter.code)) &&
    (filter.cause === undefined || (run.status === 'failed' && causeOf(run).id === filter.cause))
  );
}

/** The replay's id comes from the bulk replay and the run. */
function isReplayOf({ id, replay_of }: Run, bulk: { id: string; created_at: number }): boolean {
  return replay_of !== undefined && id === bulkReplayRunId(bulk, replay_of);
}
