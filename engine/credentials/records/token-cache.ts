import { type BoundedCache, createBoundedCache } from '../../../connector/bounded-cache.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Clock } from '../../process/clock.ts';
import { createRecordCache, type RecordCache } from '../../store/record-cache.ts';
import type { RecordChanges } from '../../store/record-changes.ts';
import { readRecord, type Store, type Stored } from '../../store/records.ts';
import type { AccountLimits, AuthenticationRecord, LinkedAccountRecord } from './authentication-record.ts';

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

/** Adds the headers of a signature to a request. */
export type Sign = (request: {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  /** The body is a stream, which is not read to be signed. */
  isStream: boolean;
}) => Promise<Record<string, string>>;

/** A usable credential: where it may go and what it is sent with. Holds a secret: never stored, never logged. */
export interface Credential {
  connector: Connector;
  /** `https://host[/path]` by name; the only places it may go to. `api` is always there. */
  baseUrls: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  /** Of the credential; without its `?`. */
  query?: string;
  sign?: Sign;
  /** The access token, of a mode that gets some. */
  token?: string;
  /** The secret fields of its mode, for what is not sent over HTTP. */
  fields: Readonly<Record<string, string | undefined>>;
  /** Every text in it that must not be shown. */
  secrets: readonly string[];
  /** What manifests may refer to as `$account`. */
  account: JsonObject;
}

/** Everything a request needs of an authentication. Holds a secret: never stored, never logged. */
export interface Resolved extends Credential {
  tenant: string;
  linkedAccountId: string;
  authenticationId: string;
  /** `https://host` of the base URL `api`. */
  origin: string;
  /** Rises with each new secret. */
  secretVersion: number;
  /** Changes with the record and its secret. */
  version: string;
  /** The account's own, in place of its connector's. */
  limits?: AccountLimits;
}

/** A token has one to four thousand characters; one that is not here any more is read from Redis. */
const MAX_TOKEN_CHARACTERS = 16_000_000;
/** About 10,000 names with their ids. */
const MAX_NAME_CHARACTERS = 2_000_000;

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
 * What one process keeps of accounts, authentications and access tokens, so that a run costs no round trip for them.
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
    { account: Stored<LinkedAccountRecord>; connector: Connector; resolved: Resolved }
  >;
  readonly refreshing: Map<string, Promise<AccessToken | undefined>>;
  /** Token requests of this process that are under way, until what they brought is stored. */
  readonly renewing: Set<Promise<unknown>>;
  /** `tenant/name` -> id of a linked account that bore the name; to be held against the account itself. */
  readonly accountNames: BoundedCache<string>;
  readonly timings: RefreshTimings;
  /** Lets a token request that is under way end first: its answer may hold the only refresh token that still works. */
  close(): Promise<void>;
}

/** Opens the cache; the caller closes it before the `changes` that it follows. */
export function openTokenCache(
  store: Store & { clock: Clock; changes: RecordChanges },
  timings: RefreshTimings = REFRESH_TIMINGS,
): TokenCache {
  const accounts = createRecordCache<Stored<LinkedAccountRecord>>(store.clock, (id) =>
    readRecord(store, 'linked_account', id),
  );
  const authentications = createRecordCache<Stored<AuthenticationRecord>>(store.clock, (id) =>
    readRecord(store, 'authentication', id),
  );
  const accessTokens = createBoundedCache<AccessToken>(MAX_TOKEN_CHARACTERS);
  const renewing: TokenCache['renewing'] = new Set();

  store.changes.follow((kind, id) => {
    if (kind === undefined || kind === 'linked_account') accounts.invalidate(id);
    if (kind === undefined || kind === 'authentication') authentications.invalidate(id);
  });

  return {
    accounts,
    authentications,
    accessTokens,
    resolved: new WeakMap(),
    refreshing: new Map(),
    renewing,
    accountNames: createBoundedCache(MAX_NAME_CHARACTERS),
    timings,
    close: () => ended(renewing, timings.attemptMs),
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
