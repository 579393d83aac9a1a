import type { Collection, Store } from '../store.ts';

/** 64-bit ids: a number where that is exact, a bigint beyond 2^53. */
export type Id = number | bigint;

/** A task as `jobs/create` and `runs/submit` take it. */
export interface Task {
  task_key: string;
  depends_on?: { task_key: string; outcome?: string }[];
  run_if?: 'ALL_SUCCESS' | 'ALL_DONE' | 'NONE_FAILED' | 'AT_LEAST_ONE_SUCCESS' | 'ALL_FAILED' | 'AT_LEAST_ONE_FAILED';
  disabled?: boolean;
  timeout_seconds?: number;
  max_retries?: number;
  min_retry_interval_millis?: number;
  notebook_task?: { notebook_path: string; base_parameters?: Record<string, string> };
  sql_task?: {
    warehouse_id: string;
    parameters?: Record<string, string>;
    query?: { query_id: string };
    file?: { path: string };
  };
  condition_task?: { op: string; left: string; right: string };
  run_job_task?: { job_id: Id; job_parameters?: Record<string, string> };
  for_each_task?: { inputs: string; task: Task; concurrency?: number };
  job_cluster_key?: string;
  environment_key?: string;
  [other: string]: unknown;
}

/** Settings of a job; what the emulator does not act on is kept as it is. */
export interface JobSettings {
  name?: string;
  tasks?: Task[];
  parameters?: { name: string; default: string }[];
  max_concurrent_runs?: number;
  timeout_seconds?: number;
  queue?: { enabled: boolean };
  tags?: Record<string, string>;
  job_clusters?: { job_cluster_key: string; new_cluster?: object }[];
  environments?: { environment_key: string }[];
  [other: string]: unknown;
}

/** A job. */
export interface Job {
  job_id: Id;
  settings: JobSettings;
  created_time: number;
  creator_user_name: string;
  runs: number;
}

/**
 * Why a run or a task ended, in the words of `status.termination_details.code`.
 * Three kinds of SKIPPED are told apart: SKIPPED after a failure, UPSTREAM_CANCELED, and EXCLUDED when a condition was not met.
 */
export type TerminationCode =
  | 'SUCCESS'
  | 'SUCCESS_WITH_FAILURES'
  | 'USER_CANCELED'
  | 'CANCELED'
  | 'SKIPPED'
  | 'EXCLUDED'
  | 'UPSTREAM_CANCELED'
  | 'DISABLED'
  | 'INTERNAL_ERROR'
  | 'MAX_CONCURRENT_RUNS_EXCEEDED'
  | 'RESOURCE_NOT_FOUND'
  | 'RUN_EXECUTION_ERROR'
  | 'INVALID_RUN_CONFIGURATION';

/** Where a run or a task stands. */
export interface Progress {
  state: 'BLOCKED' | 'QUEUED' | 'PENDING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED';
  code?: TerminationCode;
  message?: string;
  start_time: number;
  end_time: number;
}

/** What a task left behind. */
export interface TaskOutput {
  notebook_output?: { result?: string; truncated: boolean };
  sql_output?: object;
  run_job_output?: { run_id: Id };
  error?: string;
  error_trace?: string;
  logs?: string;
  /** Outcome of a condition task. */
  outcome?: 'true' | 'false';
  /** Rows of a SQL task by column, the first thousand, for `{{tasks.key.output.rows}}`. */
  rows?: Record<string, string | null>[];
  /** Task values, for `{{tasks.key.values.name}}`. */
  values?: Record<string, unknown>;
}

/** One task within a run. */
export interface TaskRun extends Progress {
  run_id: Id;
  attempt_number: number;
  task: Task;
  output: TaskOutput;
  /** Runs of a for-each task, one for each input; retries add entries. */
  iterations?: TaskRun[];
  /** How many inputs a for-each task has. */
  total?: number;
  /** How often it was retried since it, or its repair, began; and when the retry may begin, epoch ms. */
  retries?: number;
  retryAt?: number;
  /** Parameters with their references resolved, as the attempt had them. */
  resolved?: object;
  /** Which input an iteration is for, and the input: what `{{input}}` stands for. */
  iteration?: number;
  input?: unknown;
}

/** A run of a job, or a one-time run. */
export interface Run extends Progress {
  run_id: Id;
  job_id: Id | undefined;
  number_in_job: number;
  run_name: string;
  run_type: 'JOB_RUN' | 'SUBMIT_RUN';
  creator_user_name: string;
  tasks: TaskRun[];
  job_parameters: { name: string; default?: string; value?: string }[];
  overriding_parameters: Record<string, unknown>;
  timeout_seconds: number;
  /** `before` is how the run had ended. */
  repairs: { id: Id; start_time: number; end_time: number; task_run_ids: Id[]; before?: Progress }[];
  idempotency_token?: string;
  /** False when the launch asked not to be queued. */
  queued?: boolean;
  /** What started it, when not a person; and the task run that did. */
  trigger?: 'run_job_task';
  started_by?: Id;
}

/** Everything that jobs remember. */
export interface Records {
  jobs: Collection<Job>;
  runs: Collection<Run>;
  /** Run ids by idempotency token; kept when the run is deleted. */
  tokens: Collection<Id>;
  /** The run that a task run belongs to, by the task run's id. */
  parents: Collection<Id>;
  nextId(): Id;
}

/** The first id: above 2^53 and odd, so that a client that rounds ids is found out. */
const FIRST_ID = 9_007_199_254_740_993n;

/** Opens the records of jobs and runs. */
export function openRecords(store: Store): Records {
  const counters = store.collection<Id>('job_counters');
  return {
    jobs: store.collection<Job>('jobs'),
    runs: store.collection<Run>('runs'),
    tokens: store.collection<Id>('run_tokens'),
    parents: store.collection<Id>('task_runs'),
    nextId() {
      const id = BigInt(counters.get('next') ?? FIRST_ID);
      counters.put('next', id + 2n);
      return id;
    },
  };
}
