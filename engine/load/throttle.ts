import { randomBytes } from 'node:crypto';
import type { RedisClient } from '../redis.ts';
import type { Keys } from '../redis-keys.ts';
import { callScript } from '../scripts.ts';
import { createGate, type Gate, type Rank, type Wait } from './throttle-gate.ts';

/** Where requests go, and what it may be asked at most; `undefined` is no limit of ours. */
export interface Place {
  /** `https://host`. */
  origin: string;
  perSecond?: number | undefined;
  /** Requests open at once. */
  concurrent?: number | undefined;
}

/** Leave to have one request open. */
export interface Permit {
  /** Called when the answer is here, or will not come; called again it does nothing. */
  release(): void;
}

/** What a throttle knows of one workspace, for metrics. */
export interface ThrottleView {
  origin: string;
  /** Something limits it at present, in the view of this process. */
  isLimited: boolean;
  /** Requests of this process that wait for their time. */
  waiting: number;
  /** Requests of this process that are open. */
  open: number;
  stoppedMs: number;
}

/**
 * One throttle per workspace, shared by all workers over Redis: a rate, a number of open requests, and a stop.
 *
 * Times to send at are given out one by one from a clock in Redis, so all processes together keep the rate. A process leases
 * several in one round trip: one each for those who wait, and as many ahead as it used within the last tenth of a second.
 * A leased time may be used up to a second late, so in any stretch of s seconds at most `perSecond × (s + 1.5)` requests go
 * out; times that nobody uses are lost to the others, a tenth of a second's worth at most. Nobody gets a time further ahead than two
 * seconds, and who finds none comes back later, sooner the longer it has waited: a rate that was cut for a moment must not
 * hold up those who asked in that moment. Permits for open requests are
 * leased for three seconds and renewed once a second while they are used; a killed process' are free after that.
 * Of several accounts with limits of their own the strictest holds for all, while it asks.
 * A workspace without limits costs nothing until it answers 429; then all processes keep to half of what it was sent.
 *
 * rate-limiter-flexible was looked at: a fixed window per round trip per request, no order among those who wait, no stop
 * that the service decides, no open-request count.
 */
export interface Throttle {
  /**
   * Leave to send; at once and without a promise where nothing limits the place.
   * @throws Later when the time lies further ahead than `wait.holdMs`; within two seconds it is kept for whoever comes back
   * with it, beyond that a new one is to be asked for: the rate may be another by then
   */
  enter(place: Place, rank: Rank, wait: Wait): Permit | Promise<Permit>;
  /** The service refused for its rate: everyone slows down, and stops for `stopMs`. */
  slowDown(place: Place, stopMs: number): Promise<void>;
  /** Takes a message of `throttleChannel`: another process wrote that a workspace slows down. */
  heard(message: string): void;
  view(): ThrottleView[];
  /** Nothing waits any more; what is open ends by itself. */
  close(): void;
}

/** No service's Retry-After is obeyed for longer at once: after this the workspace is asked again. */
const MOST_STOP_MS = 900_000;
const PROCESS_BYTES = 9;
/** Gates of workspaces that were not used for this long are dropped. */
const IDLE_MS = 300_000;

/** Channel on which processes hear that a workspace slows down. */
export function throttleChannel(keys: Keys): string {
  return keys.other('channel', 'throttle');
}

/** Opens this process' part of the throttle. */
export function openThrottle(store: { redis: RedisClient; keys: Keys }): Throttle {
  const { redis, keys } = store;
  const process = randomBytes(PROCESS_BYTES).toString('base64url');
  const gates = new Map<string, Gate>();
  const keysOf = (origin: string) => [keys.other('throttle', origin), keys.other('throttle-permits', origin)];

  const gateOf = (place: Place): Gate => {
    let gate = gates.get(place.origin);
    if (gate === undefined) {
      dropIdle();
      gate = createGate(place, (args) =>
        callScript(redis, 'takeSlots', keysOf(place.origin), [process, ...args]).then((answer) => answer as number[]),
      );
      gates.set(place.origin, gate);
    }
    return gate;
  };
  const dropIdle = () => {
    const now = performance.now();
    for (const [origin, gate] of gates) {
      if (now - gate.usedAt() < IDLE_MS || gate.view().open > 0 || gate.view().waiting > 0) continue;
      gate.close();
      gates.delete(origin);
    }
  };

  return {
    enter: (place, rank, wait) => gateOf(place).enter(place, rank, wait),
    async slowDown(place, stopMs) {
      const gate = gateOf(place);
      const stop = Math.min(Math.max(stopMs, 0), MOST_STOP_MS);
      gate.limit(stop);
      await callScript(
        redis,
        'slowDown',
        [keysOf(place.origin)[0]!, throttleChannel(keys), keys.workers()],
        [place.origin, place.perSecond ?? 0, gate.sentPerSecond(), stop],
      );
    },
    heard(message) {
      const space = message.indexOf(' ');
      gates.get(message.slice(space + 1))?.limit(Number(message.slice(0, space)));
    },
    view: () => [...gates].map(([origin, gate]) => ({ origin, ...gate.view() })),
    close() {
      for (const gate of gates.values()) gate.close();
      gates.clear();
    },
  };
}
