import type { RedisClient } from '../store/redis-client.ts';
import { createOpenRequests } from './open-requests.ts';
import { Later, type Permit, type Place, type RequestTurn, type ThrottleView } from './place.ts';
import { createRequestRate } from './request-rate.ts';
import { createStrictest } from './strictest.ts';
import type { ThrottleClock } from './throttle-clock.ts';
import { leaseOpenRequests, reserveRequests } from './throttle-scripts.ts';

/** What one process knows of one tenant's requests to one workspace: each has a permit first, then a time. */
export interface Gate {
  enter(place: Place, turn: RequestTurn): Permit | Promise<Permit>;
  /** The workspace slows down, and stops for `ms`. */
  stop(ms: number): void;
  /** Requests that were sent within the last second. */
  sentPerSecond(): number;
  /** Nothing is open, waits, or was sent since then (epoch ms). */
  isIdleSince(time: number): boolean;
  view(): ThrottleView;
  close(): void;
}

/** For a workspace without limits. */
const FREE: Permit = Object.freeze({ release() {} });

/** `process` names this process; `keys` are of the tenant and workspace of `first`. */
export function createGate(
  store: { redis: RedisClient; keys: { rate: string; leases: string }; process: string; clock: ThrottleClock },
  first: Place,
): Gate {
  const { redis, keys, process, clock } = store;
  const strictest = createStrictest(first, clock);
  const rate = createRequestRate(clock, (of) => reserveRequests(redis, keys, { now: clock.scriptNow(), ...of }));
  const requests = createOpenRequests(clock, (of) =>
    leaseOpenRequests(redis, keys, { now: clock.scriptNow(), process, ...of }),
  );
  let usedAt = clock.now();
  let isLimited = false;
  return {
    enter(place, turn) {
      usedAt = clock.now();
      const { perSecond, concurrent } = strictest.of(place);
      isLimited = concurrent !== undefined || perSecond !== undefined || rate.isSlowed();
      if (!isLimited) {
        rate.count();
        return FREE;
      }
      const whenTimely = (permit: Permit) => {
        const wait = rate.take(perSecond, turn);
        return wait === undefined ? permit : permitAfter(wait, permit);
      };
      const permit = requests.acquire(concurrent, turn);
      return permit instanceof Promise ? permit.then(whenTimely) : whenTimely(permit);
    },
    stop: (ms) => rate.stop(ms),
    sentPerSecond: () => rate.sentPerSecond(),
    isIdleSince: (time) => usedAt < time && requests.open() + requests.waiting() === 0,
    view: () => ({
      tenant: first.tenant,
      origin: first.origin,
      isLimited: isLimited || rate.isSlowed(),
      // A request that waits for its time has its permit.
      waiting: requests.waiting() + rate.waiting(),
      open: requests.open() - rate.waiting(),
      stoppedMs: rate.stoppedMs(),
    }),
    close() {
      requests.close(new Later(0));
      rate.close(new Later(0));
    },
  };
}

/** The permit when its time has come; without a time it is free again. */
async function permitAfter(wait: Promise<void>, permit: Permit): Promise<Permit> {
  try {
    await wait;
    return permit;
  } catch (error) {
    permit.release();
    throw error;
  }
}
