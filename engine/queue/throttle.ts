import { randomBytes } from 'node:crypto';
import type { RedisClient } from '../store/redis-client.ts';
import type { Keys } from '../store/redis-keys.ts';
import { callScript } from '../store/scripts.ts';
import type { Permit, Place, ThrottleView } from './place.ts';
import { createGate, type Gate, type Rank, type Wait } from './throttle-gate.ts';

/**
 * One throttle per tenant and workspace, shared by all workers over Redis: a rate, a number of open requests, and a stop. A tenant
 * cannot slow another down: not by limits of its accounts, nor by refusals of a token that the service never took. A stop that
 * the service named to a token that it had taken holds for all tenants whose tokens it takes, for a minute at most at once: they share
 * the workspace, and the service said so. How fast to continue afterwards each tenant learns from its own refusals.
 *
 * Times to send at are given out one by one from a clock in Redis, so all processes together keep the rate. A process leases
 * several in one round trip: one each for those who wait, and as many ahead as it used within the last tenth of a second.
 * A leased time may be used up to a second late, so in any interval of s seconds at most `perSecond × (s + 1.5)` requests go
 * out; times that nobody uses are lost to the others, a tenth of a second's worth at most. Nobody gets a time further ahead than two
 * seconds, and who finds none comes back later, sooner the longer it has waited: a rate that was cut for a moment must not
 * hold up those who asked in that moment. Permits for open requests are
 * leased for three seconds and renewed once a second while they are used; a killed process' are free after that.
 * Of several accounts of a tenant with limits of their own the strictest holds for all, while it asks.
 * A workspace without limits costs nothing until it answers 429; then all processes keep to half of what it was sent.
 *
 * rate-limiter-flexible was looked at: a fixed window per round trip per request, no order among those who wait, no stop
 * that the service decides, no open-request count.
 */
export interface Throttle {
  /**
   * Leave to send; at once and without a promise where nothing limits the place.
   * @throws Later when the time lies further ahead than `wait.holdMs`; within two seconds it is kept for anyone who comes back
   * with it, beyond that a new one is to be asked for: the rate may be another by then
   */
  enter(place: Place, rank: Rank, wait: Wait): Permit | Promise<Permit>;
  /** The service took the token of the place: what it says of its rate is about that token's workspace. */
  accept(place: Place): void;
  /** The service refused for its rate: the tenant slows down, and stops for `stopMs`; so do others whose tokens it took. */
  slowDown(place: Place, stopMs: number): Promise<void>;
  /** Takes a message of `throttleChannel`: another process wrote that a workspace slows down. */
  onMessage(message: string): void;
  view(): ThrottleView[];
  /** Nothing waits any more; what is open ends by itself. */
  close(): void;
}

/** No service's Retry-After is obeyed for longer at once: after this the workspace is asked again. */
const MAX_STOP_MS = 900_000;
const PROCESS_BYTES = 9;
/** Gates of workspaces that were not used for this long are dropped. */
const IDLE_MS = 300_000;
/** Looking for idle gates costs as much as there are; with more than this, those that nobody waits at go at once. */
const LOOK_MS = 1000;
const MAX_GATES = 10_000;
/** Other tenants stop for no longer on the word of one: then they hear it from the service themselves. */
const MAX_SHARED_STOP_MS = 60_000;
/** A tenant whose token was taken is noted again after this, and forgotten after twice as long; see engine/store/lua/slowDown.lua. */
const ACCEPTED_MS = 300_000;
/** Authentications of a process whose tokens were taken, with the time; the one noted longest ago goes first. */
const MAX_ACCEPTED = 10_000;

/** Channel on which processes hear that a workspace slows down. */
export function throttleChannel(keys: Keys): string {
  return keys.other('channel', 'throttle');
}

/** Opens this process' part of the throttle. */
export function openThrottle(store: { redis: RedisClient; keys: Keys }): Throttle {
  const { redis, keys } = store;
  const process = randomBytes(PROCESS_BYTES).toString('base64url');
  const gates = new Map<string, { place: Place; gate: Gate }>();
  const accepted = new Map<string, { at: number; tenant: string; origin: string }>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  const keysOf = (name: string) => [keys.other('throttle', name), keys.other('throttle-permits', name)];

  const gateOf = (place: Place): Gate => {
    const name = nameOf(place);
    let known = gates.get(name);
    if (known === undefined) {
      dropIdle();
      const gate = createGate(place, (args) =>
        callScript(redis, 'takeSlots', keysOf(name), [process, ...args]).then((answer) => answer as number[]),
      );
      known = { place, gate };
      gates.set(name, known);
    }
    return known.gate;
  };
  const dropIdle = () => {
    const now = performance.now();
    if (now - lookedAt < LOOK_MS) return;
    lookedAt = now;
    const idleMs = gates.size < MAX_GATES ? IDLE_MS : 0;
    for (const [name, { gate }] of gates) {
      if (now - gate.usedAt() < idleMs || gate.view().open > 0 || gate.view().waiting > 0) continue;
      gate.close();
      gates.delete(name);
    }
  };

  const acceptedOf = (place: Place) => {
    const known = accepted.get(acceptedId(place));
    return known?.origin === place.origin && known.tenant === place.tenant ? known : undefined;
  };

  return {
    enter: (place, rank, wait) => gateOf(place).enter(place, rank, wait),
    accept(place) {
      const { tenant, origin } = place;
      const now = performance.now();
      const known = acceptedOf(place);
      if (known !== undefined && now - known.at < ACCEPTED_MS) return;
      const id = acceptedId(place);
      accepted.delete(id);
      accepted.set(id, { at: now, tenant, origin });
      if (accepted.size > MAX_ACCEPTED) accepted.delete(accepted.keys().next().value!);
      const key = keys.other('throttle-accepted', origin);
      redis
        .multi()
        .hset(key, tenant, Date.now())
        .pexpire(key, 2 * ACCEPTED_MS)
        .exec()
        .catch(() => {
          // Redis is unavailable: others do not hear of this tenant's stops, and it does not hear of theirs, until the next time.
          accepted.delete(id);
        });
    },
    async slowDown(place, stopMs) {
      const gate = gateOf(place);
      const name = nameOf(place);
      const stop = Math.min(Math.max(stopMs, 0), MAX_STOP_MS);
      gate.limit(stop);
      const isAccepted = acceptedOf(place) !== undefined;
      await callScript(
        redis,
        'slowDown',
        [keysOf(name)[0]!, throttleChannel(keys), keys.workers(), keys.other('throttle-accepted', place.origin)],
        [
          place.tenant,
          place.origin,
          place.perSecond ?? 0,
          gate.sentPerSecond(),
          stop,
          isAccepted ? Math.min(stop, MAX_SHARED_STOP_MS) : 0,
          2 * ACCEPTED_MS,
          keys.prefix,
        ],
      );
    },
    onMessage(message) {
      const space = message.indexOf(' ');
      gates.get(message.slice(space + 1))?.gate.limit(Number(message.slice(0, space)));
    },
    view: () => [...gates.values()].map(({ place: { tenant, origin }, gate }) => ({ tenant, origin, ...gate.view() })),
    close() {
      for (const { gate } of gates.values()) gate.close();
      gates.clear();
    },
  };
}

/** What a tenant's way into a workspace is known by; neither part has a space. */
function nameOf({ tenant, origin }: Place): string {
  return `${tenant} ${origin}`;
}

/** An authentication is of one tenant and one workspace at a time; looked up for every answer, so nothing is joined. */
function acceptedId(place: Place): string {
  return place.authentication ?? nameOf(place);
}
