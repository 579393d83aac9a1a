import { createBoundedCache } from '../../connector/bounded-cache.ts';
import type { RecordChanges } from '../store/record-changes.ts';
import type { Caller } from './actor.ts';

/** About 10,000 callers. */
const MAX_SIZE = 4_000_000;
/** A caller with its name, in bytes. */
const CALLER_SIZE = 200;

/** A caller that this process has seen, and until when (epoch ms) it is believed without a round trip. */
export interface KnownCaller {
  caller: Caller;
  until: number;
}

/** Callers by the hash of their API key or session token. */
export interface ApiKeyCache {
  get(hash: string): KnownCaller | undefined;
  /** Keeps a caller for a moment. */
  remember(hash: string, known: KnownCaller): void;
  delete(hash: string): void;
}

/** Opens the cache; a deleted key or session leaves it at once in every process that Redis reaches. */
export function openApiKeyCache(changes: RecordChanges): ApiKeyCache {
  const known = createBoundedCache<KnownCaller>(MAX_SIZE);
  changes.follow((kind, id) => {
    if (kind === undefined) known.clear();
    else if (kind === 'session') known.delete(id!);
    else if (kind === 'api_key') {
      for (const [hash, { caller }] of [...known.entries()]) if (caller.keyId === id) known.delete(hash);
    }
  });
  return {
    get: known.get,
    remember: (hash, caller) => known.set(hash, caller, CALLER_SIZE),
    delete: known.delete,
  };
}
