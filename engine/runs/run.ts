import type { RunOptions } from '../../actions/call.ts';
import type { ErrorRecord } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Backlog, Position } from '../../triggers/position.ts';
import type { ArtifactHandle, ValueRef } from '../artifacts/artifact-store.ts';
import type { Phases } from './phases.ts';

export const RUN_STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** One attempt to make a remote effect happen; times are epoch milliseconds. */
export interface Launch {
  number: number;
  token: string;
  sent_at: number;
  /** What the service calls the effect, such as `run_id` or `statement_id`. */
  handle?: unknown;
  outcome?: 'succeeded' | 'failed' | 'canceled' | 'unknown';
}

/** The stretch of a cursor that a poll reads and its page's run delivers. */
export interface RunPage {
  /** Version of the cursor when it was read; the commit names it. */
  version: number;
  from: Position | null;
  to?: Position;
  /** Epoch ms at which the source was asked. */
  at?: number;
  /** Which cursor it belongs to, when it is not the workflow's own. */
  cursor?: string;
  /** Where a range ends that is read beside the live sync. */
  until?: string;
  /** The page with which the source's next memory is kept. */
  memory?: string;
  /** What is not delivered once this page is. */
  backlog?: Backlog;
  events?: number;
  /** More may be behind it: the next poll follows at once. */
  is_full?: boolean;
}

/** The runs of a `for_each`: the items are the run's input; see engine/workflows/loops.ts. */
export interface Loop {
  items: number;
  concurrency: number;
  on_error: 'stop' | 'continue';
  /** Of items that are in an artifact: where each some hundred of them begin. */
  pages?: ArtifactHandle;
}

export interface Retry {
  times: number;
  delay_seconds: number;
  max_delay_seconds: number;
}

/** What a person said to a run that waits for it. Times are epoch ms. */
export interface Decision {
  approved: boolean;
  by: string;
  comment?: string;
  at: number;
}

/** A run as Redis holds it, one hash. Times are epoch milliseconds. */
export interface Run {
  id: string;
  tenant: string;
  kind: 'action' | 'workflow';
  /**
   * `poll`: made by a tick, feeds a cursor and is not kept when it succeeds. `lookup`: reads choices for a form and is
   * removed by who asked.
   */
  purpose: 'call' | 'poll' | 'step' | 'workflow' | 'lookup';
  status: RunStatus;
  action?: string;
  action_version?: number;
  effect?: Effect;
  workflow?: string;
  workflow_version?: number;
  step?: string;
  parent?: string;
  linked_account?: string;
  authentication?: string;
  input: unknown;
  /** The input where it is too large for the record; `input` is null then. */
  input_artifact?: ArtifactHandle;
  /** The secrets of the input, sealed together; what stands in their places shows that they are there. */
  sealed_input?: string;
  /** Ids of what its action has written, finished or not. */
  artifacts?: string[];
  /** A copy of the rows that the input refers to, as lines that can be entered anywhere. */
  input_lines?: ArtifactHandle;
  /** JSON pointer in the input -> what stands there. */
  input_refs?: Record<string, ValueRef>;
  /** Of a run whose step is done for each item of a list: its children are the items' runs. */
  loop?: Loop;
  /** Of one item's run. */
  item_index?: number;
  /** `1` for a step whose `if` was not true: it has ended without having been run. */
  skipped?: string;
  retry?: Retry;
  /** Retries so far. */
  retried?: number;
  /** Epoch ms at which it is given up, and what it began is canceled. */
  deadline?: number;
  /** Of a replay: steps that are not run again, and the runs whose outputs stand for theirs. */
  reused?: Record<string, string>;
  /** `schedule`: it takes turns with the other runs that its workflow's schedule starts. */
  turn?: 'schedule';
  /** Runs of the workflow with the same key execute one after the other; empty for none. */
  concurrency_key?: string;
  /** The run that it waits for before it starts its steps; empty when it waits no longer. */
  waits_for?: string;
  /** How many workflows run this one, one in the other. */
  depth?: number;
  /** The run that began the first of the workflows inside each other, of one inside. */
  root?: string;
  /** The same for every repeat of one delivery; the `webhook-id`. */
  delivery?: string;
  /** `1` for the run of a page that was set aside after too many failures. */
  dead_letter?: string;
  decision?: Decision;
  /** Of a poll and of the run of its page: which part of the source it stands for. */
  page?: RunPage;
  options: RunOptions;
  output?: unknown;
  artifact?: ArtifactHandle;
  /** Secrets that a step of a workflow gives on to others. */
  sealed_output?: string;
  /** JSON pointer in the output -> where all of it is; what stands there is a preview of the first rows. */
  output_refs?: Record<string, ValueRef>;
  warnings?: unknown;
  error?: ErrorRecord;
  launches: Launch[];
  attempts: number;
  replay_of?: string;
  replayed_by?: string;
  created_at: number;
  started_at?: number;
  finished_at?: number;
  cancel_requested_at?: number;
  /** Resumable state of the action or of the workflow; gone when the run has ended. */
  state?: unknown;
  /** Where its time went so far; gone when the run has ended. */
  phases?: Phases;
  /** Held by who has the run in hand. */
  fence?: string;
  /** `1` when a person waits for it: it goes before what nobody waits for. */
  interactive?: string;
  /** `1` when it comes back with a time to send at; see engine/queue/throttle.ts. */
  has_slot?: string;
  /** Since when it finds no time to send at; 0 when it has found one. */
  throttled_at?: number;
  /** `1` while it waits before the queue and has no job; see engine/queue/account-backlog.ts. */
  lane?: string;
  /** Of a run that executes apart from others: how it fared alone; see engine/store/lua/beginIsolated.lua. */
  isolated?: string;
  /** What the span of its worker goes on from, of a run that waited in a lane; only where traces are wanted. */
  trace?: string;
  /** Consecutive failures of the present phase, for the retry rule. */
  failures: number;
}

export function isEnded(status: RunStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

/** How a run ends, and what is known only then. */
export type RunEnd = { status: 'succeeded' | 'failed' | 'canceled' } & Partial<Run>;
