/** What the worker does with the job after an activation. */
export type Activation = { kind: 'ended' } | Parked;

/** The run comes back after `ms`. */
export interface Parked {
  kind: 'wait';
  ms: number;
  /** It is being canceled. */
  isCanceled?: boolean;
}

/** Why an activation is to stop what it does; the reason of its signal. */
export type StopReason = 'cancel' | 'shutdown' | 'overdue';

/** What the worker gives to one activation. */
export interface Stopper {
  /** Fires with a `StopReason`. */
  readonly signal: AbortSignal;
  /** A signal that has not fired, for what must still be done after a cancel. */
  renew(): AbortSignal;
}
