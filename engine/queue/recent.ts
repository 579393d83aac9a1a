/** How often something happened lately in this process; costs two comparisons per count. */
export interface Recent {
  /** `now` is of a steady clock, ms. */
  count(now: number): void;
  /** Within the present window so far, or the whole one before it when that was more. */
  inWindow(now: number): number;
}

export function createRecent(windowMs: number): Recent {
  let window = 0;
  let current = 0;
  let before = 0;
  const turn = (now: number) => {
    const present = Math.floor(now / windowMs);
    if (present === window) return;
    before = present === window + 1 ? current : 0;
    window = present;
    current = 0;
  };
  return {
    count(now) {
      turn(now);
      current += 1;
    },
    inWindow(now) {
      turn(now);
      return Math.max(before, current);
    },
  };
}
