import { LRUCache } from 'lru-cache';

/** Values of any size kept in this process, bounded in number and in size; the one that was used longest ago goes first. */
export interface BoundedCache<V extends object | string> {
  get(key: string): V | undefined;
  /** `size` as the limit counts; a value over the limit by itself is not kept. */
  set(key: string, value: V, size: number): void;
  delete(key: string): void;
  clear(): void;
  readonly size: number;
}

/** What an entry takes beside its value, in the units of `maxSize`. */
const ENTRY_SIZE = 100;

/** `maxSize` in whatever is easily counted, such as characters of the JSON that a value was read from. */
export function createBoundedCache<V extends object | string>(limits: {
  maxEntries: number;
  maxSize: number;
}): BoundedCache<V> {
  const entries = new LRUCache<string, V>({ max: limits.maxEntries, maxSize: limits.maxSize });
  return {
    get: (key) => entries.get(key),
    set(key, value, size) {
      entries.set(key, value, { size: Math.ceil(size) + key.length + ENTRY_SIZE });
    },
    delete(key) {
      entries.delete(key);
    },
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
