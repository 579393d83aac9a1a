/**
 * A run, as the engine works with it. What it is for decides what it has: a state that cannot be does not compile. How it lies in Redis
 * is the matter of run-codec.ts alone. Times are epoch milliseconds.
 */
import type { RunOptions } from '../../actions/call.ts';
import type { ErrorRecord } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Backlog, Position } from '../../triggers/position.ts';
import type { ArtifactHandle, ValueRef } from '../artifacts/artifact-store.ts';
import type { Metadata } from '../store/metadata.ts';
import type { Phases } from './phases.ts';

export const OPEN_STATUSES = ['queued', 'running', 'waiting'] as const;
export const ENDED_STATUSES = ['succeeded', 'failed', 'canceled'] as const;
export const RUN_STATUSES = [...OPEN_STATUSES, ...ENDED_STATUSES] as const;
export type OpenStatus = (typeof OPEN_STATUSES)[number];
export type EndedStatus = (typeof ENDED_STATUSES)[number];
export type RunStatus = OpenStatus | EndedStatus;

/**
 * What starts a run: a request (`manual`), the trigger of its workflow (`schedule`, `poll`, `webhook`), the delivery of an event to a
 * webhook endpoint, a replay, a workflow that does not wait for it, the test of a step.
 */
export const RUN_TRIGGERS = ['manual', 'schedule', 'poll', 'webhook', 'event', 'replay', 'workflow', 'test'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** One attempt to make a remote effect happen. */
export interface Launch {
  number: number;
  token: string;
  sent_at: number;
  /** What the service calls the effect, such as `run_id` or `statement_id`. */
  handle?: unknown;
  outcome?: 'succeeded' | 'failed' | 'canceled' | 'unknown';
  /** When the outcome was known. */
  ended_at?: number;
}

/** The part of a source that a poll reads and the run of its page delivers. */
export interface RunPage {
  /** Version of the cursor when it was read; the commit names it. */
  version: number;
  from: Position | null;
  to?: Position;
  /** When the source was asked. */
  at?: number;
  /** Which cursor it belongs to, when it is not the workflow's own. */
  cursor?: string;
  /** Where a backfill ends that is read beside the live sync. */
  until?: string;
  /** The page with which the source's next memory is kept. */
  memory?: string;
  /** What is not delivered once this page is. */
  backlog?: Backlog;
  events?: number;
  /** There may be more after it: the next poll follows at once. */
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

/** When a step is launched again after a failure. */
export interface Retry {
  times: number;
  delay_seconds: number;
  max_delay_seconds: number;
}

/** What a person said to a run that waits for it. */
export interface Decision {
  approved: boolean;
  by: string;
  comment?: string;
  at: number;
}

/** What every run has. */
export interface AnyRun {
  id: string;
  tenant: string;
  /** Ids of its replays, oldest first, the last 100; separated by spaces. `replayed_by` is the last. */
  replays?: string;
  /** With which of the tenant's sets of connectors it began; left out where it has none of its own. */
  catalog?: number;
  /** What started it; left out of steps, items, polls and lookups. */
  trigger?: RunTrigger;
  linked_account?: string;
  authentication?: string;
  /** Null where `input_artifact` holds it. */
  input: unknown;
  /** The input where it is too large for the record. */
  input_artifact?: ArtifactHandle;
  /** The secrets of the input, sealed together; what is in their places shows that they are there. */
  sealed_input?: string;
  /** JSON pointer in the input -> what is there. */
  input_refs?: Record<string, ValueRef>;
  /** A copy of the rows that the input refers to, as lines that can be entered anywhere. */
  input_lines?: ArtifactHandle;
  /** Ids of what its action has written, finished or not. */
  artifacts?: string[];
  options: RunOptions;
  /** The caller's own, given when the run was started. Steps, sub-workflows and replays do not get it. */
  metadata?: Metadata;
  /** When it is given up, and what it began is canceled. */
  deadline?: number;
  output?: unknown;
  artifact?: ArtifactHandle;
  /** Secrets that a step of a workflow gives on to others. */
  sealed_output?: string;
  /** JSON pointer in the output -> where all of it is; what is there is a preview of the first rows. */
  output_refs?: Record<string, ValueRef>;
  warnings?: unknown;
  error?: ErrorRecord;
  launches: Launch[];
  attempts: number;
  created_at: number;
  started_at?: number;
  cancel_requested_at?: number;
  /** Where its time went, of an ended run; see segments.ts. */
  segments?: string;
  /** Rises each time that a worker claims the run: writes of an earlier claim are refused. */
  fencing_token?: string;
  /** A person waits for it: it goes before what nobody waits for. */
  interactive?: true;
  /** Of a run that executes apart from others: how it fared alone; see engine/store/lua/beginIsolated.lua. */
  isolated?: string;
  /** How many approvals it waits for, of its steps and of the runs below them; see engine/workflows/pending-approvals.ts. */
  pending_approvals?: number;
  /** Consecutive failures of the present phase, for the retry rule. */
  failures: number;
}

/** What only a RunSession writes: how far the claims of an action's run have come. */
interface ClaimFields {
  /** Resumable state of the action; gone when the run has ended. */
  state?: unknown;
  /** Where its time went so far; gone when the run has ended. */
  phases?: Phases;
  /** Since when it finds no time to send at; 0 when it has found one. See engine/queue/throttle.ts. */
  throttled_at?: number;
}

/** A run of an action: a worker claims it, executes it and parks it. */
type Claimed = AnyRun & ClaimFields & { kind: 'action' };

/** A run that only starts others: nobody holds it, so it has nothing that a claim would write; see run-session.ts. */
type Derived = AnyRun & { [Field in keyof ClaimFields]?: undefined } & { kind: 'workflow' };

/** One that continues. */
export interface Open {
  status: OpenStatus;
  finished_at?: undefined;
}

export interface Ended {
  status: EndedStatus;
  finished_at: number;
}

/** What only some purposes have; `Only` forbids the rest. */
interface PurposeFields {
  action: string;
  /** Left out of a step that ended without being run. */
  action_version?: number;
  effect?: Effect;
  workflow: string;
  workflow_version: number;
  step: string;
  /** The run of the workflow or loop that it is part of. */
  parent: string;
  /** Its children are the runs of the items. */
  loop: Loop;
  /** Of one item's run. */
  item_index?: number;
  /** Its `if` was not true: it has ended without having been run. */
  skipped?: true;
  retry?: Retry;
  /** Retries so far. */
  retried?: number;
  /** The same for every repeat of one delivery; the `webhook-id`. */
  delivery?: string;
  decision?: Decision;
  page: RunPage;
  /** Set once the page was given up after too many failures; `closed` when a replay has delivered it, or a person discarded it. */
  dead_letter?: 'open' | 'closed';
  replay_of: string;
  /** Steps that are not run again, and the runs whose outputs stand for theirs. */
  reused?: Record<string, string>;
  replayed_by?: string;
  /** It takes turns with the other runs that its workflow's schedule starts. */
  turn?: 'schedule';
  /** Runs of the workflow with the same key execute one after the other; empty for none. */
  concurrency_key?: string;
  /** The run that it waits for before it starts its steps; empty when it waits no longer. */
  waits_for?: string;
  /** How many workflows run this one, one in the other. */
  depth?: number;
  /** The run that began the first of the workflows inside each other. */
  root?: string;
}

type Only<K extends keyof PurposeFields> = Pick<PurposeFields, K> & {
  [Other in Exclude<keyof PurposeFields, K>]?: undefined;
};

type OfAction = 'action' | 'action_version' | 'effect' | 'decision';
type OfWorkflow = 'workflow' | 'workflow_version' | 'depth' | 'root' | 'turn' | 'concurrency_key' | 'waits_for';

/** One action that somebody asked for. `step`: a step of a workflow that is tried by itself. */
export type ActionRun = Claimed & { purpose: 'action'; step?: string } & Omit<
    Only<OfAction | 'replayed_by' | 'delivery'>,
    'step' | 'replay_of'
  > & { replay_of?: string };

/** Reads choices for a form and is removed by who asked. */
export type LookupRun = Claimed & { purpose: 'lookup' } & Only<OfAction>;

/** Made by a tick, feeds a cursor and is not kept when it succeeds. */
export type PollRun = Claimed & { purpose: 'poll' } & Only<OfAction | 'workflow' | 'workflow_version' | 'page'>;

/** A workflow. */
export type WorkflowRun = Derived & { purpose: 'workflow' } & (
    | Only<OfWorkflow | 'replayed_by'>
    | Only<OfWorkflow | 'replayed_by' | 'replay_of' | 'reused'>
    | DeliveryFields
  );

/** A workflow that delivers the page of a poll: its end moves the cursor. A replay of one may do so as well. */
type DeliveryFields =
  | Only<OfWorkflow | 'replayed_by' | 'page' | 'dead_letter'>
  | Only<OfWorkflow | 'replayed_by' | 'page' | 'dead_letter' | 'replay_of' | 'reused'>;

type OfStep = 'parent' | 'step' | 'item_index' | 'workflow' | 'workflow_version';

/** A step that is an action, or one item of a loop over an action. Of a skipped one, the action that would have run. */
export type ActionStepRun = Claimed & { purpose: 'step' } & Only<
    OfStep | OfAction | 'skipped' | 'retry' | 'retried' | 'delivery'
  >;

/** A step that is done for each item of a list. */
export type LoopRun = Derived & { purpose: 'step' } & Only<OfStep | 'loop'>;

/** A workflow that is a step of another; `workflow` is the inner one. */
export type SubWorkflowRun = Derived & { purpose: 'step' } & Only<OfStep | OfWorkflow>;

export type StepRun = ActionStepRun | LoopRun | SubWorkflowRun;

/** A run before it is known whether it has ended. */
export type RunOfPurpose = ActionRun | LookupRun | PollRun | WorkflowRun | StepRun;

export type Run = RunOfPurpose & (Open | Ended);
/** What a RunSession can hold. */
export type ClaimableRun = Extract<RunOfPurpose, { kind: 'action' }> & (Open | Ended);
export type OpenRun = RunOfPurpose & Open;
export type EndedRun = RunOfPurpose & Ended;

export type Purpose = Run['purpose'];
export const PURPOSES = ['action', 'lookup', 'poll', 'workflow', 'step'] as const satisfies readonly Purpose[];

/** What a claim may change in the record of an open run. */
export interface RunChange {
  status?: OpenStatus;
  state?: unknown;
  failures?: number;
  launches?: Launch[];
  attempts?: number;
  phases?: Phases;
  throttled_at?: number;
  /** Of the last failure, of a run that is tried again. */
  error?: ErrorRecord;
  retried?: number;
  artifacts?: string[];
  input_lines?: ArtifactHandle;
}

/** What only the end of a run tells. */
interface EndFields {
  launches?: Launch[];
  segments?: string;
  attempts?: number;
  warnings?: unknown;
  artifacts?: string[];
  output?: unknown;
  artifact?: ArtifactHandle;
  output_refs?: Record<string, ValueRef>;
  sealed_output?: string;
}

/** How a run ends. */
export type RunEnd =
  | (EndFields & { status: 'succeeded'; error?: undefined })
  | (EndFields & { status: 'failed' | 'canceled'; error: ErrorRecord });

export function isEnded(status: RunStatus): status is EndedStatus {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

/** The run as it is once `end` is written. */
export function endedRun(run: Run, end: RunEnd, finishedAt: number): EndedRun {
  // The compiler does not follow a spread over so many purposes; none of them is changed by an end.
  return { ...run, ...end, finished_at: finishedAt } as EndedRun;
}
