import { Later, type RequestTurn } from './place.ts';
import { createRecent } from './recent.ts';
import { createReturnTimes } from './return-times.ts';
import type { ThrottleClock } from './throttle-clock.ts';
import type { Reserved } from './throttle-scripts.ts';
import { createWaitingList } from './waiting-list.ts';

/** The times at which this process may send to one workspace; all processes together keep the rate. */
export interface RequestRate {
  /**
   * Waits until one request may be sent; `undefined`: now.
   * @throws Later when it may return and finds no time soon; the reason of `signal`
   */
  take(perSecond: number | undefined, turn: RequestTurn): Promise<void> | undefined;
  /** The workspace slows down: times that were reserved are void, and Redis is asked before anything is sent. */
  stop(ms: number): void;
  /** The workspace refused; without a limit of ours, Redis has not said yet that nothing slows it any more. */
  isSlowed(): boolean;
  /** A request was sent without asking. */
  count(): void;
  stoppedMs(): number;
  waiting(): number;
  sentPerSecond(): number;
  /** Nothing waits any more. */
  close(error: Error): void;
}

/** Asks Redis for times; `undefined`: nothing limits the workspace. */
export type Reserve = (of: {
  perSecond: number | undefined;
  wanted: readonly { count: number; withinMs: number }[];
}) => Promise<Reserved | undefined>;

/**
 * How far ahead a time may lie, which is the order in which requests go: while new ones fill the next fifth of a second, those that
 * waited still find a time, and interactive ones before those.
 */
const AHEAD_MS = { interactive: 2000, waited: 1000, fresh: 200 } as const;
/** As many times as were used within the last tenth of a second are reserved for the next one, so that few requests ask Redis. */
const RESERVE_MS = 100;
/** A reserved time that nobody used for this long is void. */
const STALE_MS = 1000;

export function createRequestRate(clock: ThrottleClock, reserve: Reserve): RequestRate {
  const waiting = createWaitingList<RequestTurn, void>();
  const returnIn = createReturnTimes(clock);
  const inSecond = createRecent(1000);
  const inTenth = createRecent(RESERVE_MS);
  let limit: number | undefined;
  let isSlowed = false;
  let reserved: number[] = [];
  /** The first time that nobody has reserved, as far as this process knows: it only moves on. */
  let nextAt = 0;
  let stopEnd = 0;
  let spacingMs = 0;
  let isAsking = false;
  let stops = 0;
  let cancelTimer = () => {};

  const count = (now: number) => {
    inSecond.count(now);
    inTenth.count(now);
  };

  const takeReserved = (now: number): boolean => {
    while (reserved.length > 0 && reserved[0]! < now - STALE_MS) reserved.shift();
    const isLimited = limit !== undefined || isSlowed;
    if (isLimited && !(reserved[0]! <= now)) return false;
    reserved.shift();
    count(now);
    return true;
  };

  const pump = () => {
    cancelTimer();
    const now = clock.now();
    while (waiting.size() > 0 && takeReserved(now)) waiting.shift()!.resolve();
    if (waiting.size() === 0) return;
    let wakeAt = reserved[0] ?? Number.POSITIVE_INFINITY;
    let isShort = false;
    for (const { request, reject } of waiting.after(reserved.length)) {
      const askAt = nextAt - aheadOf(request);
      if (askAt <= now) isShort = true;
      else if (request.mayReturn) reject(new Later(Math.ceil(returnIn(request.priority, nextAt, spacingMs))));
      else wakeAt = Math.min(wakeAt, askAt);
    }
    if (isShort) ask(now);
    if (wakeAt < Number.POSITIVE_INFINITY) cancelTimer = clock.after(wakeAt - now, pump);
  };

  const ask = (now: number) => {
    if (isAsking) return;
    isAsking = true;
    const stopsBefore = stops;
    const short = waiting.after(reserved.length).map(({ request }) => aheadOf(request));
    const wanted = Object.values<number>(AHEAD_MS).map((withinMs) => ({
      withinMs,
      count: short.filter((ms) => ms === withinMs).length,
    }));
    wanted.push({ withinMs: RESERVE_MS, count: inTenth.inWindow(now) });
    reserve({ perSecond: limit, wanted }).then(
      (answer) => {
        isAsking = false;
        // Times from before a stop are void: they are asked for once more.
        if (stops === stopsBefore) apply(answer);
        pump();
      },
      (error: unknown) => {
        isAsking = false;
        for (const { reject } of waiting.after(0)) reject(error);
      },
    );
  };

  const apply = (answer: Reserved | undefined) => {
    if (answer === undefined) {
      isSlowed = false;
      nextAt = 0;
      return;
    }
    const now = clock.now();
    const first = now + answer.firstMs;
    isSlowed ||= limit === undefined;
    stopEnd = now + answer.stopMs;
    spacingMs = answer.fullSpacingMs;
    for (let i = 0; i < answer.count; i += 1) reserved.push(first + i * answer.spacingMs);
    nextAt = first + answer.count * answer.spacingMs;
  };

  return {
    take(perSecond, turn) {
      limit = perSecond;
      if (waiting.size() === 0 && takeReserved(clock.now())) return undefined;
      const given = waiting.wait(turn, aheadOf(turn), turn.signal);
      pump();
      return given;
    },
    stop(ms) {
      stops += 1;
      isSlowed = true;
      reserved = [];
      stopEnd = Math.max(stopEnd, clock.now() + ms);
      nextAt = Math.max(nextAt, stopEnd);
      pump();
    },
    isSlowed: () => isSlowed,
    count: () => count(clock.now()),
    stoppedMs: () => Math.max(0, Math.round(stopEnd - clock.now())),
    waiting: () => waiting.size(),
    sentPerSecond: () => Math.max(1, inSecond.inWindow(clock.now())),
    close(error) {
      cancelTimer();
      for (const { reject } of waiting.after(0)) reject(error);
    },
  };
}

function aheadOf({ priority, mayReturn, hasWaited }: RequestTurn): number {
  if (priority === 'interactive') return AHEAD_MS.interactive;
  return hasWaited || !mayReturn ? AHEAD_MS.waited : AHEAD_MS.fresh;
}
