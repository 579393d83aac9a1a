import type { Caller } from '../../access/api-keys.ts';
import { type BoundedCache, createBoundedCache } from '../../process/bounded-cache.ts';
import type { Clock } from '../../process/clock.ts';
import { createRecordCache, type RecordCache } from '../../store/record-cache.ts';
import { readRecord, type Store, type Stored } from '../../store/records.ts';
import type { RedisClient } from '../../store/redis.ts';
import type { ServerCache } from '../oauth/oauth-server.ts';
import type { AuthenticationRecord, LinkedAccountRecord } from '../records/authentication-record.ts';
import type { Resolved } from './tokens.ts';

/** An access token as this process holds it. Times in epoch ms by this machine's clock. */
export interface AccessToken {
  text: string;
  expiresAt: number;
  /** From here on it is renewed in the background while it still serves. */
  refreshAt: number;
  /** Not served from here on. */
  unusableAt: number;
  /** The `secret_version` it was got with; it is worthless under another one. */
  secretVersion: number;
}

/** A token has one to four thousand characters; one that is not here any more is read from Redis. */
const MAX_TOKENS = 10_000;
const MAX_CHARACTERS = 16_000_000;
const MAX_NAMES = 10_000;
const MAX_SERVERS = 1000;
const MAX_CALLERS = 10_000;

/** A caller that this process has seen, and until when (epoch ms) it is believed without a round trip. */
export interface KnownCaller {
  caller: Caller;
  until: number;
}

/** How refreshing is timed; tests shorten it. Milliseconds. */
export interface RefreshTimings {
  /** Life of the refresh lock; prolonged while its holder lives. A killed holder is followed after this. */
  lockMs: number;
  /** How long a caller waits for another process's refresh. */
  waitMs: number;
  /** A request with a refresh token cannot still be answered after this: its own limit and some more. */
  attemptMs: number;
  /** How long an attempt that a paused process began is left alone. */
  patienceMs: number;
}

const REFRESH_TIMINGS: RefreshTimings = Object.freeze({
  lockMs: 5000,
  waitMs: 40_000,
  attemptMs: 20_000,
  patienceMs: 300_000,
});

/**
 * What one process keeps of accounts, authentications, tokens and API keys, so that a run costs no round trip for them.
 * A change is pushed to every process; a missed push is made good within 30 seconds, and everything is read again after
 * the connection was lost.
 */
export interface TokenCache {
  readonly accounts: RecordCache<Stored<LinkedAccountRecord>>;
  readonly authentications: RecordCache<Stored<AuthenticationRecord>>;
  readonly accessTokens: BoundedCache<AccessToken>;
  /** What was resolved from a record as this process holds it; goes with the record. */
  readonly resolved: WeakMap<
    Stored<AuthenticationRecord>,
    { account: Stored<LinkedAccountRecord>; resolved: Resolved }
  >;
  readonly refreshing: Map<string, Promise<AccessToken | undefined>>;
  /** Token requests of this process that are under way, until what they brought is stored. */
  readonly renewing: Set<Promise<unknown>>;
  /** Callers by the hash of their API key or session token. */
  readonly apiKeys: Map<string, KnownCaller>;
  /** Keeps a caller for a moment; the oldest goes when there are too many. */
  remember(hash: string, known: KnownCaller): void;
  /** `tenant/name` -> id of a linked account that bore the name; to be held against the account itself. */
  readonly accountNames: BoundedCache<string>;
  readonly servers: ServerCache;
  readonly timings: RefreshTimings;
  /** Forgets what this process knows of a record; called by whoever changes one, before the push arrives. */
  forget(kind: string, id: string): void;
  /** Resolves at the next change of the record, or after `limitMs`. */
  changed(id: string, limitMs: number): Promise<void>;
  /** Lets a token request that is under way end first: its answer may hold the only refresh token that still works. */
  close(): Promise<void>;
}

/**
 * Opens the cache. `subscriber` is a client of its own, opened with `wait`, since a subscribed connection takes no other
 * commands; it is closed with the cache.
 */
export function openTokenCache(
  store: Store & { clock: Clock; subscriber: RedisClient },
  timings: RefreshTimings = REFRESH_TIMINGS,
): TokenCache {
  const accounts = createRecordCache<Stored<LinkedAccountRecord>>(store.clock, (id) =>
    readRecord(store, 'linked_account', id),
  );
  const authentications = createRecordCache<Stored<AuthenticationRecord>>(store.clock, (id) =>
    readRecord(store, 'authentication', id),
  );
  const accessTokens = createBoundedCache<AccessToken>({ maxEntries: MAX_TOKENS, maxSize: MAX_CHARACTERS });
  const apiKeys: TokenCache['apiKeys'] = new Map();
  const waiting = new Map<string, Set<() => void>>();
  const renewing: TokenCache['renewing'] = new Set();

  const forget = (kind: string, id: string) => {
    if (kind === 'linked_account') accounts.invalidate(id);
    if (kind === 'authentication') authentications.invalidate(id);
    if (kind === 'api_key') for (const [hash, { caller }] of apiKeys) if (caller.keyId === id) apiKeys.delete(hash);
    if (kind === 'session') apiKeys.delete(id);
    for (const wake of waiting.get(id) ?? []) wake();
  };

  const channel = store.keys.authenticationChannel();
  const { subscriber } = store;
  subscriber.on('message', (_channel: string, message: string) => {
    const [kind = '', id = ''] = message.split(' ');
    forget(kind, id);
  });
  // Pushes that were sent while the connection was away are lost: nothing that was known may be trusted.
  for (const event of ['close', 'ready']) {
    subscriber.on(event, () => {
      accounts.invalidate();
      authentications.invalidate();
      apiKeys.clear();
    });
  }
  const subscribed = subscriber.subscribe(channel).then(
    () => undefined,
    () => {
      // Closed before it was connected; subscribing again after a reconnect is ioredis' own work.
    },
  );

  return {
    accounts,
    authentications,
    accessTokens,
    resolved: new WeakMap(),
    refreshing: new Map(),
    renewing,
    apiKeys,
    remember(hash, known) {
      apiKeys.delete(hash);
      if (apiKeys.size >= MAX_CALLERS) apiKeys.delete(apiKeys.keys().next().value!);
      apiKeys.set(hash, known);
    },
    accountNames: createBoundedCache({ maxEntries: MAX_NAMES, maxSize: MAX_CHARACTERS }),
    servers: createBoundedCache({ maxEntries: MAX_SERVERS, maxSize: MAX_CHARACTERS }),
    timings,
    forget,
    changed(id, limitMs) {
      return new Promise((resolve) => {
        const wakers = waiting.get(id) ?? new Set();
        waiting.set(id, wakers);
        const wake = () => {
          clearTimeout(timer);
          wakers.delete(wake);
          if (wakers.size === 0) waiting.delete(id);
          resolve();
        };
        const timer = setTimeout(wake, limitMs);
        wakers.add(wake);
      });
    },
    async close() {
      await ended(renewing, timings.attemptMs);
      subscriber.disconnect();
      await subscribed;
      for (const wakers of waiting.values()) for (const wake of wakers) wake();
    },
  };
}

async function ended(renewing: ReadonlySet<Promise<unknown>>, limitMs: number): Promise<void> {
  const { promise: tooLong, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    resolve();
  }, limitMs);
  while (renewing.size > 0 && !isOver) await Promise.race([Promise.allSettled(renewing), tooLong]);
  clearTimeout(timer);
}

/** The push that tells every process to forget a record; sent in the same transaction as the change. */
export function changeMessage(kind: string, id: string): string {
  return `${kind} ${id}`;
}
