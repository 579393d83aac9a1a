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

/** Writes one chunk; pieces are gathered and go to disk a megabyte at a time. */
export interface ChunkWriter {
  readonly byteCount: number;
  write(data: string | Uint8Array): Promise<void>;
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
  let pieces: Buffer[] = [];
  let gathered = 0;
  let byteCount = 0;
  let file: FileHandle | undefined;

  const flush = async () => {
    file ??= await open(path, 'w');
    const bytes = Buffer.concat(pieces);
    pieces = [];
    gathered = 0;
    await file.writeFile(bytes);
  };

  return {
    get byteCount() {
      return byteCount;
    },
    async write(data) {
      const bytes = Buffer.from(data as string);
      pieces.push(bytes);
      gathered += bytes.length;
      byteCount += bytes.length;
      if (gathered >= PIECE_BYTES) await flush();
    },
    async finish(rows) {
      const chunk = { index, rowOffset: rows.offset, rowCount: rows.count, byteCount };
      if (file === undefined && byteCount <= MEMORY_BYTES) return { ...chunk, bytes: Buffer.concat(pieces) };
      await flush();
      await file?.close();
      return { ...chunk, file: path };
    },
  };
}
