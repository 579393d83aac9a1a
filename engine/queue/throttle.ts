import { randomBytes } from 'node:crypto';
import { createBoundedCache } from '../../connector/bounded-cache.ts';
import type { RedisClient } from '../store/redis-client.ts';
import type { Keys } from '../store/redis-keys.ts';
import { createGate, type Gate } from './gate.ts';
import type { Permit, Place, RequestTurn, ThrottleView } from './place.ts';
import { steadyClock, type ThrottleClock } from './throttle-clock.ts';
import { slowDown } from './throttle-scripts.ts';

/**
 * Limits the requests of a tenant to a workspace, over all workers:
 *
 * 1. Rate: at most `per_second` requests are sent, of which half a second's worth may go at once after a pause, and at most `concurrent`
 *    are open at once.
 * 2. Stop: after a 429, or a 503 with `Retry-After`, nothing is sent until `Retry-After` has passed.
 * 3. Share: each refusal halves the share of the rate that is used, at most once per second and down to a tenth, and the share grows by
 *    a fifth per second until it is whole again.
 *
 * A workspace without limits costs nothing until it refuses; then the rate at which it did is the rate, until four times as much was
 * accepted. Of several accounts of a tenant with limits of their own the strictest holds for all, while it asks.
 *
 * A tenant cannot slow another down: not by limits of its accounts, nor by refusals of a token that the service never accepted. A stop
 * that the service named to a token that it had accepted holds for all tenants whose tokens it accepts, for a minute at most: they share
 * the workspace. Shares are per tenant.
 *
 * rate-limiter-flexible was considered: a fixed window per round trip per request, no order among those who wait, no stop that the
 * service decides, no count of open requests.
 */
export interface Throttle {
  /**
   * Permission to send; at once and without a promise where nothing limits the place.
   * @throws Later when a request that may return finds no time soon
   */
  enter(place: Place, turn: RequestTurn): Permit | Promise<Permit>;
  /** The service accepted the token of the place: what it says of its rate is about that token's workspace. */
  accept(place: Place): void;
  /** The service refused for its rate: the tenant's share shrinks, and it stops for `stopMs`; so do others whose tokens it accepted. */
  slowDown(place: Place, stopMs: number): Promise<void>;
  /** Takes a message of `throttleChannel`: another process wrote that a workspace slows down. */
  onMessage(message: string): void;
  view(): ThrottleView[];
  /** Nothing waits any more; open requests end by themselves. */
  close(): void;
}

/** No service's Retry-After is obeyed for longer at once: after this the workspace is asked again. */
const MAX_STOP_MS = 900_000;
/** Other tenants stop for no longer on the word of one: then they hear it from the service themselves. */
const MAX_SHARED_STOP_MS = 60_000;
const PROCESS_BYTES = 9;
/** Gates that were not used for this long are dropped, and looked for this often. */
const IDLE_MS = 300_000;
const LOOK_MS = 10_000;
/** A tenant whose token was accepted is noted again after this, and forgotten after twice as long. */
const ACCEPTED_MS = 300_000;
const MAX_ACCEPTED_SIZE = 2_500_000;

/** Channel on which processes hear that a workspace slows down: `<process that wrote it> <ms until the stop ends> <tenant> <workspace>`. */
export function throttleChannel(keys: Keys): string {
  return keys.other('channel', 'throttle');
}

/** Opens this process' part of the throttle. */
export function openThrottle(
  { redis, keys }: { redis: RedisClient; keys: Keys },
  clock: ThrottleClock = steadyClock,
): Throttle {
  const process = randomBytes(PROCESS_BYTES).toString('base64url');
  const gates = new Map<string, Gate>();
  const accepted = createBoundedCache<{ at: number; tenant: string; origin: string }>(MAX_ACCEPTED_SIZE);
  let lookedAt = 0;

  const gateOf = (place: Place): Gate => {
    const name = nameOf(place);
    let gate = gates.get(name);
    if (gate === undefined) {
      dropIdle();
      const own = { rate: keys.other('throttle', name), leases: keys.other('throttle-permits', name) };
      gate = createGate({ redis, keys: own, process, clock }, place);
      gates.set(name, gate);
    }
    return gate;
  };

  const dropIdle = () => {
    const now = clock.now();
    if (now - lookedAt < LOOK_MS) return;
    lookedAt = now;
    for (const [name, gate] of gates) {
      if (!gate.isIdleSince(now - IDLE_MS)) continue;
      gate.close();
      gates.delete(name);
    }
  };

  const isAccepted = (place: Place): { at: number } | undefined => {
    const known = accepted.get(acceptedId(place));
    return known?.origin === place.origin && known.tenant === place.tenant ? known : undefined;
  };

  /** Writes a stop, and tells the other processes; returns the ms until it ends. */
  const writeStop = async (name: string, of: Omit<Parameters<typeof slowDown>[2], 'now'>): Promise<number> => {
    const written = { rate: keys.other('throttle', name), workers: keys.workers() };
    const left = await slowDown(redis, written, { now: clock.scriptNow(), ...of });
    await redis.publish(throttleChannel(keys), `${process} ${left} ${name}`);
    return left;
  };

  /** Other tenants whose tokens the workspace accepted recently. */
  const readAccepted = async ({ tenant, origin }: Place): Promise<string[]> => {
    const oldest = clock.now() - 2 * ACCEPTED_MS;
    const times = Object.entries(await redis.hgetall(keys.other('throttle-accepted', origin)));
    return times.flatMap(([other, at]) => (other === tenant || Number(at) < oldest ? [] : [other]));
  };

  return {
    enter: (place, turn) => gateOf(place).enter(place, turn),
    accept(place) {
      const { tenant, origin } = place;
      const now = clock.now();
      if (now - (isAccepted(place)?.at ?? 0) < ACCEPTED_MS) return;
      const id = acceptedId(place);
      accepted.set(id, { at: now, tenant, origin }, origin.length);
      const key = keys.other('throttle-accepted', origin);
      const writing = redis
        .multi()
        .hset(key, tenant, Math.floor(now))
        .pexpire(key, 2 * ACCEPTED_MS);
      writing.exec().catch(() => {
        // Redis is unavailable: until the next time others do not stop with this tenant, nor it with them.
        accepted.delete(id);
      });
    },
    async slowDown(place, stopMs) {
      const gate = gateOf(place);
      const stop = Math.min(Math.max(stopMs, 0), MAX_STOP_MS);
      // Sent first: what waits here asks for times right after the stop is known here.
      const writing = writeStop(nameOf(place), {
        stopMs: stop,
        refused: { perSecond: place.perSecond, sentPerSecond: gate.sentPerSecond() },
      });
      gate.stop(stop);
      await writing;
      if (stop === 0 || isAccepted(place) === undefined) return;
      const others = (await readAccepted(place)).map((tenant) => nameOf({ ...place, tenant }));
      const shared = { stopMs: Math.min(stop, MAX_SHARED_STOP_MS) };
      await Promise.all(others.map((name) => writeStop(name, shared).then((left) => gates.get(name)?.stop(left))));
    },
    onMessage(message) {
      const [writer, ms, tenant, origin] = message.split(' ') as [string, string, string, string];
      // Its own stops are known here, and times that it reserved since then are good.
      if (writer !== process) gates.get(`${tenant} ${origin}`)?.stop(Number(ms));
    },
    view: () => [...gates.values()].map((gate) => gate.view()),
    close() {
      for (const gate of gates.values()) gate.close();
      gates.clear();
    },
  };
}

/** What a tenant's requests to a workspace are known by; neither part has a space. */
function nameOf({ tenant, origin }: Place): string {
  return `${tenant} ${origin}`;
}

/** An authentication is of one tenant and one workspace at a time; looked up for every answer, so nothing is joined. */
function acceptedId(place: Place): string {
  return place.authentication ?? nameOf(place);
}
