/** Where requests go, and what it may be asked at most; `undefined` is no limit of ours. */
export interface Place {
  /** Whose account asks. Limits, and the rate after a refusal, hold for one tenant. */
  tenant: string;
  /** `https://host`. */
  origin: string;
  /** Whose token is sent. */
  authentication?: string | undefined;
  perSecond?: number | undefined;
  /** Requests open at once. */
  concurrent?: number | undefined;
}

/** Leave to have one request open. */
export interface Permit {
  /** Called when the answer is here, or will not come; called again it does nothing. */
  release(): void;
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
