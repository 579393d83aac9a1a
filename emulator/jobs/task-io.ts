import type { Statement, StatementRequest } from '../statements/engine.ts';
import type { Identity } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import type { Id, Run, Task, TaskOutput, TaskRun, TerminationCode } from './records.ts';

/** What tasks need of the rest of the workspace. */
export interface TaskIo {
  workspace: Pick<Workspace, 'id' | 'url' | 'now' | 'closing'>;
  save(run: Run): void;
  newTask(run: Run, task: Task, attempt: number): TaskRun;
  /** Does a task once and records how it ended. */
  attempt(run: Run, task: TaskRun, identity: Identity, signal: AbortSignal): Promise<Outcome | 'closing'>;
  /** Runs SQL on a warehouse to its end. */
  sql(request: StatementRequest, identity: Identity, signal: AbortSignal): Promise<Statement>;
  /** The text of a saved query, or of a SQL file. */
  queryText(task: Task): string | undefined;
  /** Starts a job for a task and waits for it. */
  runJob(
    order: { jobId: Id; parameters: Record<string, string>; by: Id },
    signal: AbortSignal,
  ): Promise<{ runId: Id; code: TerminationCode; message: string }>;
}

/** How one attempt of a task ended. */
export interface Outcome {
  code: TerminationCode;
  message: string;
  output: TaskOutput;
}
