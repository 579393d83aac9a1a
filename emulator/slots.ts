/** Places for work that runs at the same time. */
export interface Slots {
  /** Waits for a place; answers the function that gives it back. Aborting stops the waiting, with the signal's reason. */
  take(signal?: AbortSignal): Promise<() => void>;
}

/** How many may run at once, and how many of those may be long. */
export interface SlotLimits {
  running: number;
  /** Nothing new starts while so many have run for `longMs`. */
  long: number;
  longMs: number;
}

/** Makes places; who waits first is served first. */
export function createSlots(limits: SlotLimits): Slots {
  let running = 0;
  let long = 0;
  const waiting: (() => void)[] = [];
  const hasRoom = () => running < limits.running && long < limits.long;
  const serve = () => {
    while (waiting.length > 0 && hasRoom()) waiting.shift()?.();
  };
  const start = (): (() => void) => {
    running += 1;
    let isLong = false;
    const timer = setTimeout(() => {
      isLong = true;
      long += 1;
    }, limits.longMs);
    return () => {
      clearTimeout(timer);
      running -= 1;
      if (isLong) long -= 1;
      serve();
    };
  };
  return {
    take(signal) {
      if (waiting.length === 0 && hasRoom()) return Promise.resolve(start());
      return new Promise((resolve, reject) => {
        const begin = () => {
          signal?.removeEventListener('abort', leave);
          resolve(start());
        };
        const leave = () => {
          waiting.splice(waiting.indexOf(begin), 1);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(begin);
      });
    },
  };
}
