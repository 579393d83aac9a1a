/** Remembers that something happened until it is heard of; for streams that wait for changes, their end, or a pause. */
export interface Bell {
  ring(): void;
  /** True once it was rung since the last time, false after `limitMs`. */
  heard(limitMs: number): Promise<boolean>;
}

/** Makes a bell; one listener at a time. */
export function createBell(): Bell {
  let isRung = false;
  let wake = () => {};
  return {
    ring() {
      isRung = true;
      wake();
    },
    async heard(limitMs) {
      if (!isRung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, limitMs);
        await promise;
        clearTimeout(timer);
      }
      const wasRung = isRung;
      isRung = false;
      return wasRung;
    },
  };
}
