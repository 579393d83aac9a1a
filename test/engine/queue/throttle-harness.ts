import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Later, Permit, Place, RequestTurn } from '../../../engine/queue/place.ts';
import { openThrottle, type Throttle, throttleChannel } from '../../../engine/queue/throttle.ts';
import type { ThrottleClock } from '../../../engine/queue/throttle-clock.ts';
import { openRedis } from '../../../engine/store/redis.ts';
import type { RedisClient } from '../../../engine/store/redis-client.ts';
import { testContext } from '../../context.ts';

export const ORIGIN = 'https://dbc-1.cloud.databricks.com';

/** Throttles of two processes over one Redis, which share a clock that the test moves. */
export interface TestThrottles {
  first: Throttle;
  second: Throttle;
  /** Milliseconds since the start. */
  at(): number;
  /** Lets so much time pass, timer by timer; between two, everything that Redis was asked is answered. */
  pass(ms: number): Promise<void>;
  /** Calls of a script so far. */
  calls(script: string): number;
}

const START = 1_700_000_000_000;

export async function openThrottles(): Promise<TestThrottles> {
  const ctx = await testContext();
  const clock = createTestClock();
  const { redis, calls, isIdle } = watchCalls(ctx.redis);
  const [first, second] = [
    openThrottle({ redis, keys: ctx.keys }, clock),
    openThrottle({ redis, keys: ctx.keys }, clock),
  ];
  const subscriber = openRedis(ctx.config.redisUrl!, 'wait');
  subscriber.on('message', (_channel, message) => {
    for (const throttle of [first, second]) throttle.onMessage(message);
  });
  await subscriber.subscribe(throttleChannel(ctx.keys));
  onTestFinished(() => {
    first.close();
    second.close();
    subscriber.disconnect();
  });
  const answered = async () => {
    do await setImmediate();
    while (!isIdle());
  };
  return {
    first,
    second,
    at: () => clock.now() - START,
    calls: (script) => calls.get(script) ?? 0,
    async pass(ms) {
      const end = clock.now() + ms;
      await answered();
      while (clock.fireNext(end)) await answered();
    },
  };
}

/** A start that waits as long as it takes, unless `of` says otherwise. */
export function enter(throttle: Throttle, place: Partial<Place> = {}, of: Partial<RequestTurn> = {}) {
  const turn: RequestTurn = { priority: 'start', mayReturn: false, hasWaited: false, ...of };
  return throttle.enter({ tenant: 'default', origin: ORIGIN, ...place }, turn);
}

/** Enters and tells when it was let through, or after how long it is to come back. */
export async function timed(
  { at }: TestThrottles,
  entering: Permit | Promise<Permit>,
): Promise<{ at: number } | { returnIn: number }> {
  try {
    await entering;
    return { at: at() };
  } catch (error) {
    return { returnIn: (error as Later).ms };
  }
}

function createTestClock(): ThrottleClock & { fireNext(end: number): boolean } {
  let now = START;
  const timers = new Set<{ at: number; then(): void }>();
  return {
    now: () => now,
    scriptNow: () => now,
    random: () => 0.5,
    after(ms, then) {
      const timer = { at: now + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    /** Moves to the next timer up to `end` and fires it; without one, moves to `end` and returns false. */
    fireNext(end) {
      const next = [...timers].toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) {
        now = end;
        return false;
      }
      now = Math.max(now, next.at);
      timers.delete(next);
      next.then();
      return true;
    },
  };
}

/** The same client, whose calls are counted. */
function watchCalls(redis: RedisClient) {
  const calls = new Map<string, number>();
  let open = 0;
  const watched = new Proxy(redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const answer: unknown = value.apply(target, args);
        if (!(answer instanceof Promise)) return answer;
        calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
        open += 1;
        const end = () => {
          open -= 1;
        };
        answer.then(end, end);
        return answer;
      };
    },
  });
  return { redis: watched, calls, isIdle: () => open === 0 };
}
