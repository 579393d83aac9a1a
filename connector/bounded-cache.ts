import { LRUCache } from 'lru-cache';

/*
 * The one cache of the project: bounded by size, and what was used longest ago goes first. It is here so that every layer above may use
 * it. Without a maximum number of entries, lru-cache reserves no memory (315 KiB per cache for 10,000 entries).
 */

/** Values of any size kept in this process. */
export interface BoundedCache<V extends {}> {
  get(key: string): V | undefined;
  /** `size` as the limit counts, beside the key and 100 for the entry; a value over the limit by itself is not kept. */
  set(key: string, value: V, size?: number): void;
  delete(key: string): void;
  clear(): void;
  entries(): Iterable<[string, V]>;
  /** Number of entries. */
  readonly size: number;
}

/** What an entry takes beside its key and its value, in the units of `maxSize`. */
const ENTRY_SIZE = 100;

/** `maxSize` in whatever is easily counted, such as characters of the JSON that a value was read from. */
export function createBoundedCache<V extends {}>(maxSize: number): BoundedCache<V> {
  const cache = new LRUCache<string, V>({ maxSize });
  return {
    get: (key) => cache.get(key),
    set(key, value, size = 0) {
      cache.set(key, value, { size: Math.ceil(size) + key.length + ENTRY_SIZE });
    },
    delete(key) {
      cache.delete(key);
    },
    clear: () => cache.clear(),
    entries: () => cache.entries(),
    get size() {
      return cache.size;
    },
  };
}

/** A cache for each owner, such as the context of a process; it goes with its owner. */
export function cachePerOwner<V extends {}>(maxSize: number): (owner: object) => BoundedCache<V> {
  const caches = new WeakMap<object, BoundedCache<V>>();
  return (owner) => {
    const known = caches.get(owner) ?? createBoundedCache<V>(maxSize);
    caches.set(owner, known);
    return known;
  };
}
