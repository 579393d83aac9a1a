import type { Readable } from 'node:stream';

/** What a run record and an API answer say of an artifact. */
export interface ArtifactHandle {
  id: string;
  media_type: string;
  /** Bytes. */
  size: number;
}

/** Part of an input that is kept elsewhere: a value in an artifact, too large to be copied into every run that reads it. */
export interface ValueRef {
  artifact: ArtifactHandle;
  /** Names from the value's root. */
  path: string[];
  /** The value is what started a workflow: `rows` is made from its events. */
  is_trigger?: boolean;
  /** It stands where a list is taken: one value that a path finds in a list is a list of one, none an empty list. */
  is_list?: boolean;
  /** What stands at its place is a preview, and `preview` beside it says so. */
  is_preview?: boolean;
  /** Elements of the list in the artifact, where it is known. */
  count?: number;
}

export interface ArtifactWriter {
  /** Bytes so far. */
  readonly size: number;
  /** Resolves when the bytes are handed to the store; awaiting it is the back-pressure. One call at a time. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes what was written durable up to here, so that a resumed run may continue from `size`. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The id of an artifact of a run; `part`, letters, digits and underscores, tells several apart: it is what follows the last dot. */
export function artifactId(run: string, part: string): string {
  return `art_${run}.${part}`;
}

/** Whether an artifact is one of the run's own, not of another whose id begins alike. */
export function isArtifactOf(id: string, run: string): boolean {
  return id.slice(0, id.lastIndexOf('.')) === `art_${run}`;
}

/** Large values outside Redis. An id is made by the caller; ids of one tenant are never shown to another. */
export interface ArtifactStore {
  /** Opens for writing at `offset`, dropping what lies after it; 0 starts over. */
  write(id: string, offset: number): Promise<ArtifactWriter>;
  /** Bytes `start` to `end` inclusive. @throws ConnectorError ERR_NOT_FOUND. */
  read(id: string, range?: { start: number; end: number }): Promise<Readable>;
  /** @throws ConnectorError ERR_NOT_FOUND. */
  size(id: string): Promise<number>;
  /** Does nothing if it does not exist. */
  remove(id: string): Promise<void>;
}
