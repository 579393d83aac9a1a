import type { RecordChanges } from '../store/record-changes.ts';
import type { Caller } from './actor.ts';

const MAX_CALLERS = 10_000;

/** A caller that this process has seen, and until when (epoch ms) it is believed without a round trip. */
export interface KnownCaller {
  caller: Caller;
  until: number;
}

/** Callers by the hash of their API key or session token. */
export interface ApiKeyCache {
  get(hash: string): KnownCaller | undefined;
  /** Keeps a caller for a moment; the oldest goes when there are too many. */
  remember(hash: string, known: KnownCaller): void;
  delete(hash: string): void;
}

/** Opens the cache; a deleted key or session leaves it at once in every process that Redis reaches. */
export function openApiKeyCache(changes: RecordChanges): ApiKeyCache {
  const known = new Map<string, KnownCaller>();
  changes.follow((kind, id) => {
    if (kind === undefined) known.clear();
    else if (kind === 'session') known.delete(id!);
    else if (kind === 'api_key') for (const [hash, { caller }] of known) if (caller.keyId === id) known.delete(hash);
  });
  return {
    get: (hash) => known.get(hash),
    remember(hash, caller) {
      known.delete(hash);
      if (known.size >= MAX_CALLERS) known.delete(known.keys().next().value!);
      known.set(hash, caller);
    },
    delete(hash) {
      known.delete(hash);
    },
  };
}
