import type { Config } from '../process/config.ts';
import type { Activation, StopReason } from '../runs/activation.ts';
import type { Meters } from '../store/meters.ts';

/** What an isolated process does one at a time: resumes a run, or ticks a trigger. */
export interface IsolatedTask {
  kind: 'run' | 'tick';
  /** The run, or the workflow or range that ticks. */
  id: string;
  /** Of a run: whose attempt it is; see `subjectOf`. */
  subject?: string;
  /** Of a tick: the id of the queue's job, which tells when it was due. */
  jobId?: string;
}

/** A configuration as it is sent: plain data. The proxies are a function; the process reads them from the environment it inherits. */
export type Sent = Omit<Config, 'proxies'>;

/** From the worker to its isolated process. */
export type ToProcess =
  | { type: 'open'; config: Sent }
  | { type: 'execute'; task: IsolatedTask }
  | { type: 'stop'; reason: StopReason };

/** From the isolated process to its worker. */
export type FromProcess =
  | { type: 'ready' }
  | { type: 'alive' }
  | { type: 'count'; counted: Parameters<Meters['count']> }
  | { type: 'observe'; observed: Parameters<Meters['observe']> }
  | { type: 'done'; activation: Activation }
  | { type: 'failed'; error: string };

/** The process tells that its event loop turns. */
export const ALIVE_MS = 2000;
