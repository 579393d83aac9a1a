/** Time and chance, passed in so that tests decide both. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Uniform in [0, 1); jitter only, never secrets. */
  random(): number;
}

export const systemClock: Clock = Object.freeze({ now: () => Date.now(), random: () => Math.random() });
