import { createBoundedCache } from '../../connector/bounded-cache.ts';
import { stringifyJson } from '../../connector/json.ts';
import type { Clock } from '../process/clock.ts';

/** Values of one kind kept in this process, with a bound on how stale they can be. */
export interface RecordCache<T> {
  /** The value, without a round trip while it is fresh. Undefined is a value too: there is no such record. */
  get(id: string): T | undefined | Promise<T | undefined>;
  /** Forgets one, or all. A load that is under way is repeated, so that it cannot bring back what it read before the change. */
  invalidate(id?: string): void;
  readonly size: number;
}

/** Served without a question for this long after it was read; changes are pushed, so this matters only when a push was missed. */
const FRESH_MS = 15_000;
/** Between the two, the value is served and read again in the background; beyond, it is read before it is served. */
export const MAX_STALE_MS = 30_000;
/** Characters of the JSON of all values; one has about 1,000. */
const MAX_CHARACTERS = 16_000_000;

interface Entry<T> {
  value: T | undefined;
  readAt: number;
}

/** Makes a cache over `load`, which is called once at a time per id. */
export function createRecordCache<T>(
  clock: Clock,
  load: (id: string, known: T | undefined) => Promise<T | undefined>,
): RecordCache<T> {
  const entries = createBoundedCache<Entry<T>>(MAX_CHARACTERS);
  const loading = new Map<string, { promise: Promise<T | undefined>; isOutdated: boolean }>();

  const loadOnce = (id: string): Promise<T | undefined> => {
    const known = loading.get(id);
    if (known !== undefined) return known.promise;
    const state = { promise: undefined as unknown as Promise<T | undefined>, isOutdated: false };
    state.promise = (async () => {
      for (;;) {
        state.isOutdated = false;
        const readAt = clock.now();
        const value = await load(id, entries.get(id)?.value);
        if (state.isOutdated) continue;
        entries.set(id, { value, readAt }, stringifyJson(value)?.length ?? 0);
        return value;
      }
    })().finally(() => loading.delete(id));
    loading.set(id, state);
    return state.promise;
  };

  return {
    get(id) {
      const entry = entries.get(id);
      if (entry === undefined) return loadOnce(id);
      const age = clock.now() - entry.readAt;
      if (age < FRESH_MS) return entry.value;
      const promise = loadOnce(id);
      if (age >= MAX_STALE_MS) return promise;
      promise.catch(() => {
        // Redis is unavailable; the next call tries again, and past MAX_STALE_MS it gets this error.
      });
      return entry.value;
    },
    invalidate(id) {
      if (id === undefined) entries.clear();
      else entries.delete(id);
      for (const [loaded, state] of loading) if (id === undefined || loaded === id) state.isOutdated = true;
    },
    get size() {
      return entries.size;
    },
  };
}
