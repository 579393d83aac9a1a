import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** One chunk of a result: its rows as encoded bytes, in memory when small, otherwise in a file. */
export interface Chunk {
  index: number;
  rowOffset: number;
  rowCount: number;
  byteCount: number;
  bytes?: Buffer;
  file?: string;
}

/** Where results wait until they are fetched; memory use does not depend on their size. */
export interface Spool {
  /** Starts the chunk `index` of a result. */
  openChunk(result: string, index: number): ChunkWriter;
  /** Removes the chunks of one result. */
  remove(chunks: Chunk[]): Promise<void>;
  close(): void;
}

/** Writes one chunk; writes are gathered and go to disk in large pieces. */
export interface ChunkWriter {
  readonly byteCount: number;
  write(data: string | Uint8Array): void;
  /** Lets gathered bytes go to disk; to be awaited between pieces of a result. */
  drain(): Promise<void>;
  finish(rows: { offset: number; count: number }): Promise<Chunk>;
}

/** Chunks up to this size stay in memory: ten thousand small results need no files. */
const MEMORY_BYTES = 256 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** Opens a spool in a folder, which is emptied first. */
export function openSpool(folder: string): Spool {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return {
    openChunk: (result, index) => createWriter(join(folder, `${result}-${index}`), index),
    async remove(chunks) {
      await Promise.all(
        chunks.map((chunk) => (chunk.file === undefined ? undefined : rm(chunk.file, { force: true }))),
      );
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The bytes of a chunk, as a stream when they are in a file. */
export function readChunk(chunk: Chunk): Buffer | Readable {
  return chunk.bytes ?? createReadStream(chunk.file as string, { highWaterMark: PIECE_BYTES });
}

function createWriter(path: string, index: number): ChunkWriter {
  let gathered: (string | Uint8Array)[] = [];
  let gatheredBytes = 0;
  let byteCount = 0;
  let file: FileHandle | undefined;

  const takeGathered = () => {
    const bytes = Buffer.concat(gathered.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
    gathered = [];
    gatheredBytes = 0;
    return bytes;
  };

  return {
    get byteCount() {
      return byteCount;
    },
    write(data) {
      const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
      gathered.push(data);
      gatheredBytes += length;
      byteCount += length;
    },
    async drain() {
      if (gatheredBytes < PIECE_BYTES) return;
      file ??= await open(path, 'w');
      await file.write(takeGathered());
    },
    async finish(rows) {
      const chunk = { index, rowOffset: rows.offset, rowCount: rows.count, byteCount };
      const rest = takeGathered();
      if (file === undefined && byteCount <= MEMORY_BYTES) return { ...chunk, bytes: rest };
      file ??= await open(path, 'w');
      await file.write(rest);
      await file.close();
      return { ...chunk, file: path };
    },
  };
}
