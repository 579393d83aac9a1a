import { Icon, type IconName } from './icon.tsx';

/** The six states that have a color. */
export type State = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'unknown';

interface Look {
  state: State;
  icon: IconName;
  word: string;
}

/** Statuses of runs, accounts, triggers and launches, by the words of the API. */
const LOOKS: Readonly<Record<string, Look>> = {
  queued: { state: 'queued', icon: 'queued', word: 'Queued' },
  running: { state: 'running', icon: 'running', word: 'Running' },
  waiting: { state: 'waiting', icon: 'waiting', word: 'Waiting' },
  approval: { state: 'waiting', icon: 'waiting', word: 'Waits for approval' },
  succeeded: { state: 'succeeded', icon: 'succeeded', word: 'Succeeded' },
  failed: { state: 'failed', icon: 'failed', word: 'Failed' },
  canceled: { state: 'queued', icon: 'canceled', word: 'Canceled' },
  skipped: { state: 'queued', icon: 'canceled', word: 'Skipped' },
  unknown: { state: 'unknown', icon: 'unknown', word: 'Outcome unknown' },
  active: { state: 'succeeded', icon: 'succeeded', word: 'Active' },
  granted: { state: 'succeeded', icon: 'succeeded', word: 'Granted' },
  missing: { state: 'failed', icon: 'failed', word: 'Missing' },
  permission_unknown: { state: 'unknown', icon: 'unknown', word: 'Not known' },
  expiring: { state: 'waiting', icon: 'warning', word: 'Expires soon' },
  needs_reauth: { state: 'failed', icon: 'failed', word: 'Sign in again' },
  revoked: { state: 'failed', icon: 'canceled', word: 'Revoked' },
  no_authentication: { state: 'queued', icon: 'queued', word: 'Not signed in' },
  ok: { state: 'succeeded', icon: 'succeeded', word: 'On time' },
  late: { state: 'waiting', icon: 'warning', word: 'Late' },
  failing: { state: 'failed', icon: 'failed', word: 'Failing' },
  not_delivering: { state: 'failed', icon: 'failed', word: 'Not delivering' },
  authentication: { state: 'failed', icon: 'failed', word: 'Sign in again' },
  paused: { state: 'waiting', icon: 'waiting', word: 'Paused' },
  disabled: { state: 'queued', icon: 'canceled', word: 'Disabled' },
  ready: { state: 'succeeded', icon: 'succeeded', word: 'Ready' },
  done: { state: 'succeeded', icon: 'succeeded', word: 'Done' },
  published: { state: 'succeeded', icon: 'succeeded', word: 'Published' },
  earlier: { state: 'queued', icon: 'queued', word: 'Earlier' },
  draft: { state: 'queued', icon: 'queued', word: 'Draft' },
};

/** A state as icon and word, in its color. A status that is not known here is shown as it is. */
export function StatusBadge({ status, word }: { status: string; word?: string }) {
  const look = lookOf(status);
  return (
    <span className="status" data-state={look.state}>
      <Icon name={look.icon} />
      <span className="clip">{word ?? look.word}</span>
    </span>
  );
}

interface StatusOfRun {
  status: string;
  pending_approvals?: number | undefined;
  skipped?: true;
  error?: { code: string };
}

/** The status of a run, in which an outcome that nobody knows is a state of its own, and so is a decision that a person has to make. */
export function runStatus(run: StatusOfRun): string {
  if (run.skipped === true) return 'skipped';
  if (run.pending_approvals) return 'approval';
  return run.error?.code === 'ERR_OUTCOME_UNKNOWN' ? 'unknown' : run.status;
}

/** State, icon and word of a status. */
export function lookOf(status: string): Look {
  return LOOKS[status] ?? { state: 'queued', icon: 'queued', word: status };
}
