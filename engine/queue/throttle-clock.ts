/** Time of a throttle, passed in so that tests decide it. */
export interface ThrottleClock {
  /** Epoch ms; never steps back. */
  now(): number;
  /** Calls `then` once after `ms`. The result cancels the call. */
  after(ms: number, then: () => void): () => void;
  /** Epoch ms that the scripts use. Undefined: the clock of Redis, which all processes share. */
  scriptNow(): number | undefined;
  /** Uniform in [0, 1). */
  random(): number;
}

const { timeOrigin } = performance;

export const steadyClock: ThrottleClock = Object.freeze({
  now: () => timeOrigin + performance.now(),
  after(ms: number, then: () => void) {
    // Rounded up: a timer that fires early would only be set again.
    const timer = setTimeout(then, Math.ceil(ms)).unref();
    return () => clearTimeout(timer);
  },
  scriptNow: () => undefined,
  random: () => Math.random(),
});
