import type { ArtifactSink, InlineLimit, Io } from './call.ts';

/** Where the bytes of a result go: memory while they are few, an artifact from then on. */
export interface RowSink {
  /** Takes bytes (copied while they stay in memory) that bring the rows so far to `rows`. Awaiting it is the back-pressure. */
  write(bytes: Uint8Array, rows: number): Promise<void>;
  /** Goes back to a chunk border after a chunk broke off; only what was written since is dropped. */
  rewind(bytes: number): Promise<void>;
  /** Makes what was written durable; nothing happens while it is in memory. */
  flush(): Promise<void>;
  /** Bytes so far. */
  readonly size: number;
  /** Of the artifact, once there is one. */
  readonly artifact: string | undefined;
  /** The first bytes: all of them while there is no artifact. Empty after a resume. */
  head(): Uint8Array;
  close(): Promise<void>;
}

/** What fits well into a run record and a form. */
export const DEFAULT_INLINE: InlineLimit = { rows: 1_000, bytes: 256 * 1024 };
/** Rows that stand in an output whose rows are in an artifact. */
export const PREVIEW_ROWS = 20;
/** Enough for the first rows of any result that a person would look at. */
const HEAD_BYTES = 64 * 1024;

export interface RowSinkOptions {
  mediaType: string;
  limit: InlineLimit;
  /** Continues with this artifact. */
  resume?: { id: string; bytes: number } | undefined;
}

/** Opens a sink. With a limit of 0 bytes everything goes to an artifact. */
export async function openRowSink(io: Io, options: RowSinkOptions): Promise<RowSink> {
  const { mediaType, limit, resume } = options;
  let artifact: ArtifactSink | undefined =
    resume === undefined ? undefined : await io.openArtifact({ mediaType, id: resume.id, offset: resume.bytes });
  let kept: Uint8Array[] = [];
  let size = artifact?.size ?? 0;
  let head: Uint8Array = new Uint8Array(0);

  async function spill(): Promise<ArtifactSink> {
    const opened = await io.openArtifact({ mediaType });
    const bytes = Buffer.concat(kept);
    head = Uint8Array.prototype.slice.call(bytes, 0, HEAD_BYTES);
    kept = [];
    artifact = opened;
    if (bytes.length > 0) await opened.write(bytes);
    return opened;
  }

  return {
    get size() {
      return size;
    },
    get artifact() {
      return artifact?.id;
    },
    async write(bytes, rows) {
      if (bytes.length === 0) return;
      size += bytes.length;
      if (artifact === undefined && size <= limit.bytes && rows <= limit.rows) {
        kept.push(bytes.slice());
        return;
      }
      if (artifact === undefined) {
        kept.push(bytes);
        await spill();
        return;
      }
      await artifact.write(bytes);
    },
    async rewind(bytes) {
      if (artifact === undefined) kept = bytes === 0 ? [] : [Buffer.concat(kept).subarray(0, bytes)];
      else {
        const { id } = artifact;
        await artifact.close();
        artifact = await io.openArtifact({ mediaType, id, offset: bytes });
      }
      size = bytes;
      head = head.subarray(0, bytes);
    },
    flush: async () => artifact?.flush(),
    head: () => (artifact === undefined ? Buffer.concat(kept) : head),
    close: async () => artifact?.close(),
  };
}
