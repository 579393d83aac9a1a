import type { Permit, RequestTurn } from './place.ts';
import type { ThrottleClock } from './throttle-clock.ts';
import { createWaitingList } from './waiting-list.ts';

/** How many requests of this process are open at one workspace; with a maximum, all processes together keep it. */
export interface OpenRequests {
  /** At once and without a promise where there is room; `max` undefined: no maximum. @throws the reason of `signal` */
  acquire(max: number | undefined, turn: RequestTurn): Permit | Promise<Permit>;
  open(): number;
  waiting(): number;
  /** Nothing waits any more; each wait ends with `error`. */
  close(error: Error): void;
}

/** What a process that died holds is free after this. */
const LEASE_MS = 3000;
const RENEW_MS = 1000;
/** A process without room asks again after this; the others free what they do not need when they renew. */
const ASK_AGAIN_MS = 200;

/** `lease` asks for `wanted` open requests of `max`, while `open` are, and returns how many there may be for `leaseMs`. */
export function createOpenRequests(
  clock: ThrottleClock,
  lease: (of: { max: number; open: number; wanted: number; leaseMs: number }) => Promise<number>,
): OpenRequests {
  const waiting = createWaitingList<undefined, Permit>();
  let open = 0;
  let max: number | undefined;
  let leased = 0;
  let leasedUntil = 0;
  let isAsking = false;
  let askAgainAt = 0;
  let cancelTimer = () => {};

  const hasRoom = () => max === undefined || (open < leased && clock.now() < leasedUntil);

  const permit = (): Permit => {
    let isOpen = true;
    open += 1;
    return {
      release() {
        if (!isOpen) return;
        isOpen = false;
        open -= 1;
        pump();
      },
    };
  };

  const pump = () => {
    while (waiting.size() > 0 && hasRoom()) waiting.shift()!.resolve(permit());
    if (waiting.size() > 0 && clock.now() >= askAgainAt) ask();
  };

  const ask = () => {
    if (isAsking || max === undefined) return;
    isAsking = true;
    cancelTimer();
    const askedAt = clock.now();
    const wanted = open + waiting.size();
    lease({ max, open, wanted, leaseMs: LEASE_MS }).then(
      (granted) => {
        isAsking = false;
        leased = granted;
        leasedUntil = askedAt + LEASE_MS;
        const isShort = granted < wanted;
        if (isShort) askAgainAt = clock.now() + ASK_AGAIN_MS;
        pump();
        if (isAsking || (wanted === 0 && waiting.size() === 0)) return;
        cancelTimer = clock.after(waiting.size() > 0 ? ASK_AGAIN_MS : RENEW_MS, ask);
      },
      (error: unknown) => {
        isAsking = false;
        for (const { reject } of waiting.after(0)) reject(error);
      },
    );
  };

  return {
    acquire(asked, { priority, signal }) {
      max = asked;
      if (waiting.size() === 0 && hasRoom()) return permit();
      const given = waiting.wait(undefined, priority === 'interactive' ? 1 : 0, signal);
      pump();
      return given;
    },
    open: () => open,
    waiting: () => waiting.size(),
    close(error) {
      cancelTimer();
      for (const { reject } of waiting.after(0)) reject(error);
    },
  };
}
