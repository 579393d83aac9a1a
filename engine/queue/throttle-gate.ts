import type { Permit, Place, ThrottleView } from './place.ts';
import { createRecent } from './recent.ts';
import { createStrictest } from './strictest.ts';

/**
 * Who goes before whom. `first`: a person waits, or something is to be stopped. `start`: everything else that begins or
 * continues. `poll`: asking how a remote operation stands. Ranks that want more than there is share the rate evenly.
 */
export type Rank = 'first' | 'start' | 'poll';

export interface Wait {
  /** Longest wait while holding the slot; Infinity where coming back would start over. */
  holdMs: number;
  signal?: AbortSignal | undefined;
  /** Comes back with a time that was given before: it is not asked for a second one. */
  isReserved?: boolean;
  /** For how long it has been coming back. */
  waitedMs?: number;
}

/** The time to send at lies too far ahead to be waited for in a slot. A signal, no failure. */
export class Later extends Error {
  override readonly name = 'Later';
  readonly ms: number;
  /** The time is kept for anyone who comes back after `ms`. */
  readonly isReserved: boolean;

  constructor(ms: number, isReserved: boolean) {
    super('the request to the workspace is delayed');
    this.ms = ms;
    this.isReserved = isReserved;
  }
}

/** The way of one process into one workspace. */
export interface Gate {
  enter(place: Place, rank: Rank, wait: Wait): Permit | Promise<Permit>;
  /** The workspace slows down: what was leased ahead is void, and Redis is asked before anything goes. */
  limit(stopMs: number): void;
  /** Requests that went through within the last second. */
  sentPerSecond(): number;
  usedAt(): number;
  view(): Omit<ThrottleView, 'tenant' | 'origin'>;
  close(): void;
}

interface Waiter {
  rank: number;
  holdMs: number;
  isReserved: boolean;
  waitedMs: number;
  /** Ends the wait; the first end counts. */
  finish(end: { permit: Permit } | { error: unknown }): void;
  isOver: boolean;
  /** While it has a time that is not yet come. */
  timer?: NodeJS.Timeout | undefined;
}

const RANKS: readonly Rank[] = ['first', 'start', 'poll'];
/** A leased time that was not used for this long is void; what the reader of `Throttle` may count on rests on it. */
const STALE_MS = 1000;
/** Times leased ahead lie within this. */
const AHEAD_MS = 100;
/** Nobody who can come back gets a time further ahead. */
const HORIZON_MS = 2000;
/** Without a time within the horizon one comes back after this, less when it has waited for long. */
const BACK_MOST_MS = 20_000;
const BACK_LEAST_MS = 2000;
const PERMITS_MS = 3000;
const RENEW_MS = 1000;
/** A process without a permit asks again after this; others give theirs back within a second. */
const STARVING_MS = 200;
/** A timer is not more exact than this. */
const NOW_MS = 1;
const FREE: Permit = Object.freeze({ release() {} });

/** Makes a gate. `lease` calls engine/store/lua/takeSlots.lua with its arguments after the first, and gives its answer. */
export function createGate(first: Place, lease: (args: number[]) => Promise<number[]>): Gate {
  const waiters: Waiter[][] = [[], [], []];
  const inSecond = createRecent(1000);
  const inTenth = createRecent(AHEAD_MS);
  const strictest = createStrictest(first);
  let place = first;
  let isLimited = isConfigured(first);
  /** Times of `performance.now()` at which one request of a rank may go; none are needed while only open requests are limited. */
  let slots: number[][] = [[], [], []];
  let isUnmetered = false;
  let open = 0;
  let permits = 0;
  let stopEnd = 0;
  let isLeasing = false;
  let generation = 0;
  let retry: NodeJS.Timeout | undefined;
  let renewal: NodeJS.Timeout | undefined;
  let usedAt = performance.now();

  const waiting = () => waiters.reduce((sum, queue) => sum + queue.length, 0);

  const count = () => {
    usedAt = performance.now();
    inSecond.count(usedAt);
    inTenth.count(usedAt);
  };

  const leave = () => {
    open -= 1;
    pump();
  };

  const grant = (waiter: Waiter) => {
    let isOpen = true;
    count();
    const release = () => {
      if (!isOpen) return;
      isOpen = false;
      leave();
    };
    waiter.finish({ permit: { release } });
  };

  /** The time of a waiter is found: it goes now, a little later, or comes back. */
  const seat = (waiter: Waiter, at: number) => {
    const ms = at - performance.now();
    if (ms > waiter.holdMs) return waiter.finish({ error: new Later(Math.ceil(ms), true) });
    open += 1;
    if (ms <= NOW_MS) return grant(waiter);
    const leasedIn = generation;
    waiter.timer = setTimeout(() => {
      waiter.timer = undefined;
      if (leasedIn === generation) return grant(waiter);
      // The workspace stopped meanwhile: the time is void.
      waiters[waiter.rank]!.unshift(waiter);
      leave();
    }, ms);
  };

  const nextSlot = (rank: number): number | undefined => {
    const oldest = performance.now() - STALE_MS;
    const mine = slots[rank]!;
    while (mine.length > 0 && mine[0]! < oldest) mine.shift();
    return mine.shift();
  };

  /** True when the rank has one waiting who cannot go before Redis was asked. */
  const pumpRank = (rank: number): boolean => {
    const queue = waiters[rank]!;
    for (let waiter = queue[0]; waiter !== undefined; waiter = queue[0]) {
      if (!waiter.isOver && isLimited) {
        if (place.concurrent !== undefined && open >= permits) return true;
        const now = performance.now();
        if (stopEnd > now) waiter.isReserved = false;
        const at = isUnmetered || waiter.isReserved ? Math.max(now, stopEnd) : nextSlot(rank);
        if (at === undefined) return true;
        queue.shift();
        seat(waiter, at);
        continue;
      }
      queue.shift();
      if (waiter.isOver) continue;
      open += 1;
      grant(waiter);
    }
    return false;
  };

  const pump = () => {
    let isShort = false;
    for (const rank of RANKS.keys()) isShort = pumpRank(rank) || isShort;
    if (isShort) ask();
  };

  const ask = () => {
    if (isLeasing) return;
    isLeasing = true;
    clearTimeout(retry);
    const wanted = waiters.flatMap((queue, rank) => {
      const asking = queue.filter((waiter) => !waiter.isOver && !waiter.isReserved);
      const needed = asking.filter(({ holdMs }) => holdMs === Number.POSITIVE_INFINITY).length;
      const missing = Math.max(0, asking.length - slots[rank]!.length);
      return [Math.min(needed, missing), Math.max(0, missing - needed)];
    });
    const askedIn = generation;
    lease([
      place.perSecond ?? 0,
      place.concurrent ?? 0,
      ...wanted,
      inTenth.inWindow(performance.now()),
      AHEAD_MS,
      HORIZON_MS,
      open,
      open + waiting(),
      PERMITS_MS,
    ]).then(
      (answer) => {
        isLeasing = false;
        if (askedIn === generation) take(answer);
        const full = askedIn === generation ? fullRanks(answer, wanted) : [];
        for (const rank of RANKS.keys()) pumpRank(rank);
        for (const rank of full) sendAway(rank);
        pump();
        const isStarving = place.concurrent !== undefined && permits <= open && waiting() > 0;
        if (isStarving && !isLeasing) retry = setTimeout(ask, STARVING_MS);
        renewLater();
      },
      (error: unknown) => {
        isLeasing = false;
        for (const queue of waiters) for (const waiter of queue.splice(0)) waiter.finish({ error });
      },
    );
  };

  const take = ([limited, allowed = 0, stopMs = 0, ...times]: number[]) => {
    if (limited === 0) {
      isLimited = isConfigured(place);
      return;
    }
    const now = performance.now();
    permits = allowed;
    stopEnd = now + stopMs;
    for (const rank of RANKS.keys()) {
      const [firstUs = 0, spacingUs = 0, granted = 0] = times.slice(rank * 3, rank * 3 + 3);
      isUnmetered = granted < 0;
      for (let i = 0; i < granted; i += 1) slots[rank]!.push(now + (firstUs + i * spacingUs) / 1000);
    }
  };

  const fullRanks = (answer: number[], wanted: number[]): number[] =>
    [...RANKS.keys()].filter((rank) => {
      const granted = answer[5 + rank * 3] ?? -1;
      return granted >= 0 && granted < wanted[2 * rank]! + wanted[2 * rank + 1]!;
    });

  /** Those for whom there is no time within the horizon come back later; who has waited for long tries more often. */
  const sendAway = (rank: number) => {
    const queue = waiters[rank]!;
    const stopMs = Math.max(0, stopEnd - performance.now());
    for (const waiter of queue.splice(0)) {
      if (waiter.holdMs === Number.POSITIVE_INFINITY) {
        queue.push(waiter);
        continue;
      }
      const most = Math.max(BACK_LEAST_MS, BACK_MOST_MS / (1 + waiter.waitedMs / BACK_MOST_MS));
      waiter.finish({ error: new Later(Math.ceil(stopMs + most * (0.5 + Math.random() / 2)), false) });
    }
  };

  /** Permits lapse when their process does not say in time that it lives; what it no longer needs goes back. */
  const renewLater = () => {
    if (place.concurrent === undefined || renewal !== undefined || permits === 0) return;
    renewal = setTimeout(() => {
      renewal = undefined;
      ask();
    }, RENEW_MS);
    renewal.unref();
  };

  const wait = (rank: number, given: Wait) =>
    new Promise<Permit>((resolve, reject) => {
      const { signal, holdMs, isReserved = false, waitedMs = 0 } = given;
      const onAbort = () => {
        if (waiter.timer !== undefined) {
          clearTimeout(waiter.timer);
          open -= 1;
        }
        waiter.finish({ error: signal!.reason });
      };
      const waiter: Waiter = {
        rank,
        holdMs,
        isReserved,
        waitedMs,
        isOver: false,
        finish(end) {
          if (waiter.isOver) return;
          waiter.isOver = true;
          signal?.removeEventListener('abort', onAbort);
          if ('permit' in end) resolve(end.permit);
          else reject(end.error);
        },
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      waiters[rank]!.push(waiter);
      pump();
    });

  return {
    enter(asked, rank, given) {
      place = strictest.of(asked);
      isLimited ||= isConfigured(place);
      if (isLimited) return wait(RANKS.indexOf(rank), given);
      count();
      return FREE;
    },
    limit(stopMs) {
      generation += 1;
      stopEnd = Math.max(stopEnd, performance.now() + stopMs);
      isLimited = true;
      isUnmetered = false;
      slots = [[], [], []];
    },
    sentPerSecond: () => Math.max(1, inSecond.inWindow(performance.now())),
    usedAt: () => usedAt,
    view: () => ({
      isLimited,
      waiting: waiting(),
      open,
      stoppedMs: Math.max(0, Math.round(stopEnd - performance.now())),
    }),
    close() {
      clearTimeout(retry);
      clearTimeout(renewal);
      for (const queue of waiters) for (const waiter of queue.splice(0)) waiter.finish({ error: new Later(0, false) });
    },
  };
}

function isConfigured({ perSecond, concurrent }: Place): boolean {
  return perSecond !== undefined || concurrent !== undefined;
}
