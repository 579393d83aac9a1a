import { isObject, type JsonObject } from './document.ts';

/** What the API has of the draft. */
export interface Stored {
  document: JsonObject;
  /** Undefined while there is none: the document is then what is published. */
  etag: string | undefined;
  /** The published version that it was made from, or that it is; 0 before the first. */
  version: number;
}

/** A draft that the server does not have yet, as the tab keeps it. */
export interface Kept {
  document: JsonObject;
  /** The draft that it was made of. */
  base: string | undefined;
  /** The published version that it was made from. */
  version: number;
}

/** Why a request to save failed: `status` is 0 without an answer. */
export interface SaveFailure {
  status: number;
  message: string;
}

export interface SaverIo {
  /**
   * Stores the draft in place of the one with this etag; without an etag, only where there is none and this version is still the
   * published one. @throws SaveFailure by `failureOf`
   */
  put(document: JsonObject, base: { etag: string | undefined; version: number }): Promise<{ etag: string | undefined }>;
  /** The draft as it is now; what is published when there is none and it is another version; undefined otherwise. */
  read(version: number): Promise<Stored | undefined>;
  failureOf(error: unknown): SaveFailure;
  /** Keeps what is not saved over a reload of the tab; undefined forgets it. */
  keep(kept: Kept | undefined): void;
  /** Calls back after some time; returns how to stop. */
  later(act: () => void, ms: number): () => void;
}

export type SaveState =
  | { kind: 'saved' }
  | { kind: 'unsaved' }
  | { kind: 'saving' }
  /** No answer, or the server cannot store now: it is tried again. */
  | { kind: 'waiting'; message: string }
  /** The server refuses what is there; the next change is tried. */
  | { kind: 'refused'; message: string }
  /** Somebody else changed, published or discarded the draft (`theirs`). Nothing is sent before a person has chosen. */
  | { kind: 'conflict'; theirs: Stored | undefined };

export interface Saver {
  state(): SaveState;
  /** The draft on the server that the document was made of. */
  etag(): string | undefined;
  /** The published version that it was made from. */
  version(): number;
  /** A person changed the document. */
  change(document: JsonObject): void;
  /** Sends at once what is not saved. Resolves when nothing is unsaved, or with what stands in the way. */
  flush(): Promise<SaveState>;
  /** As `flush`, and stores the document also where it is what was published, so that there is a draft. */
  store(): Promise<SaveState>;
  /** Publishing was refused: looks at what somebody else did. 'saved' when theirs is the same as what is here. */
  examine(): Promise<SaveState>;
  /** The draft of somebody else is replaced by this one. */
  overwrite(): void;
  /** The document is now what the server has. */
  accept(stored: Stored): void;
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** A pause in typing after which the draft is sent, and between tries. */
const QUIET_MS = 800;
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 30_000;

/** Sends a document whenever it was changed, one request at a time, and never over a draft that it was not made of. */
export function createSaver(stored: Stored, io: SaverIo): Saver {
  const listeners = new Set<() => void>();
  let state: SaveState = { kind: 'saved' };
  let base = stored.etag;
  let version = stored.version;
  let document = stored.document;
  let sent: JsonObject | undefined = stored.document;
  /** A request that got no answer may have been done. */
  let uncertain: JsonObject | undefined;
  let sending: Promise<void> | undefined;
  let retryMs = FIRST_RETRY_MS;
  let stop = () => {};
  let isClosed = false;

  const set = (next: SaveState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const plan = (ms: number) => {
    stop();
    if (!isClosed) stop = io.later(() => void send(), ms);
  };
  const adopt = (etag: string | undefined, is: JsonObject) => {
    base = etag;
    sent = is;
    uncertain = undefined;
    retryMs = FIRST_RETRY_MS;
    if (document === is) {
      io.keep(undefined);
      set({ kind: 'saved' });
    } else {
      io.keep({ document, base, version });
      set({ kind: 'unsaved' });
      plan(QUIET_MS);
    }
  };
  const conflict = async (mine: JsonObject) => {
    const theirs = await io.read(version);
    if (theirs !== undefined && isShownAs(uncertain ?? mine, theirs.document)) {
      version = theirs.version;
      return adopt(theirs.etag, uncertain ?? mine);
    }
    set({ kind: 'conflict', theirs });
    io.keep({ document, base, version });
  };
  const attempt = async () => {
    const mine = document;
    set({ kind: 'saving' });
    try {
      const { etag } = await io.put(mine, { etag: base, version });
      adopt(etag, mine);
    } catch (error) {
      const failure = io.failureOf(error);
      try {
        if (failure.status === 412) return await conflict(mine);
      } catch (unread) {
        return wait(io.failureOf(unread).message);
      }
      if (failure.status !== 0 && failure.status < 500 && failure.status !== 429)
        return set({ kind: 'refused', message: failure.message });
      if (failure.status !== 503) uncertain = mine;
      wait(failure.message);
    }
  };
  const wait = (message: string) => {
    set({ kind: 'waiting', message });
    plan(retryMs);
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  };
  const send = (): Promise<void> => {
    stop();
    if (document === sent || state.kind === 'conflict') return Promise.resolve();
    sending ??= attempt().finally(() => {
      sending = undefined;
    });
    return sending;
  };
  return {
    state: () => state,
    etag: () => base,
    version: () => version,
    change(next) {
      if (next === document) return;
      document = next;
      if (document === sent && sending === undefined && uncertain === undefined && state.kind !== 'conflict') {
        io.keep(undefined);
        return set({ kind: 'saved' });
      }
      io.keep({ document, base, version });
      if (state.kind === 'conflict' || sending !== undefined) return;
      // Said once: who shows it is not rendered again with each key.
      if (state.kind !== 'unsaved') set({ kind: 'unsaved' });
      plan(QUIET_MS);
    },
    async flush() {
      do await send();
      while (document !== sent && (state as SaveState).kind === 'unsaved');
      return state;
    },
    store() {
      if (base === undefined && state.kind === 'saved') {
        sent = undefined;
        set({ kind: 'unsaved' });
      }
      return this.flush();
    },
    async examine() {
      await sending;
      if (state.kind === 'saved') {
        try {
          await conflict(document);
        } catch {
          // What somebody else did cannot be read now: the next change, or the next try to publish, finds it.
        }
      }
      return state;
    },
    overwrite() {
      if (state.kind !== 'conflict') return;
      base = state.theirs?.etag;
      version = state.theirs?.version ?? version;
      sent = undefined;
      set({ kind: 'unsaved' });
      void send();
    },
    accept(next) {
      document = next.document;
      version = next.version;
      adopt(next.etag, next.document);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}

/** What the API shows in place of a secret. */
export const HIDDEN = '[secret]';

/** Whether a document that was sent is the one that the API shows, which hides its secrets. */
export function isShownAs(sent: unknown, shown: unknown): boolean {
  if (Object.is(sent, shown)) return true;
  if (typeof sent === 'string' && typeof shown === 'string') return shown.includes(HIDDEN);
  if (Array.isArray(sent) && Array.isArray(shown))
    return sent.length === shown.length && sent.every((item, i) => isShownAs(item, shown[i]));
  if (!isObject(sent) || !isObject(shown)) return false;
  const names = Object.keys(sent).filter((name) => sent[name] !== undefined);
  return names.length === Object.keys(shown).length && names.every((name) => isShownAs(sent[name], shown[name]));
}
