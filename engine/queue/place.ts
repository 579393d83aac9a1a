/** Where requests go, and how often they may; `undefined` is no limit of ours. */
export interface Place {
  /** Whose account asks. Limits, and the share after a refusal, hold for one tenant. */
  tenant: string;
  /** `https://host`. */
  origin: string;
  /** Whose token is sent. */
  authentication?: string | undefined;
  perSecond?: number | undefined;
  /** Requests open at once. */
  concurrent?: number | undefined;
}

/**
 * `interactive`: a person waits, or something is to be stopped; goes before the others. `start`: everything else that begins or
 * continues. `poll`: asks for the status of a remote operation. Starts and polls that come back share the rate evenly.
 */
export type Priority = 'interactive' | 'start' | 'poll';

/** One request that is about to be sent. */
export interface RequestTurn {
  priority: Priority;
  /** It can free its slot and come back; otherwise it waits, however long. */
  mayReturn: boolean;
  /** It comes back: it goes before those that have not waited. */
  hasWaited: boolean;
  signal?: AbortSignal | undefined;
}

/** Permission to have one request open. */
export interface Permit {
  /** Called when the answer is here, or will not come; called again it does nothing. */
  release(): void;
}

/** The request would wait too long in its slot. A signal, no failure. */
export class Later extends Error {
  override readonly name = 'Later';
  /** Milliseconds until it is expected to find a time. */
  readonly ms: number;

  constructor(ms: number) {
    super('the request to the workspace is delayed');
    this.ms = ms;
  }
}

/** What a throttle knows of one workspace, for metrics. */
export interface ThrottleView {
  tenant: string;
  origin: string;
  /** Something limits it at present, in the view of this process. */
  isLimited: boolean;
  /** Requests of this process that wait for their time. */
  waiting: number;
  /** Requests of this process that are open. */
  open: number;
  stoppedMs: number;
}
