import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ConnectorError } from '../../connector/errors.ts';
import { isArtifactId, shardOf } from '../store/ids.ts';
import { type AwsSettings, openS3Artifacts } from './artifacts-s3.ts';

/** What a run record and an API answer say of an artifact. */
export interface ArtifactHandle {
  id: string;
  media_type: string;
  /** Bytes. */
  size: number;
}

export interface ArtifactWriter {
  /** Bytes so far. */
  readonly size: number;
  /** Resolves when the bytes are handed to the store; awaiting it is the back-pressure. One call at a time. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes what was written durable up to here, so that a resumed run may go on from `size`. */
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
  /** Opens for writing at `offset`, dropping what lies behind it; 0 begins anew. */
  write(id: string, offset: number): Promise<ArtifactWriter>;
  /** Bytes `start` to `end` inclusive. @throws ConnectorError ERR_NOT_FOUND. */
  read(id: string, range?: { start: number; end: number }): Promise<Readable>;
  /** @throws ConnectorError ERR_NOT_FOUND. */
  size(id: string): Promise<number>;
  /** Nothing happens when it is gone. */
  remove(id: string): Promise<void>;
}

/**
 * Opens the store of a `file:` URL: one file per artifact in two levels of folders.
 * With several machines the folder must be shared between them.
 * An `s3:` URL opens a bucket; see engine/artifacts/artifacts-s3.ts.
 * @throws ConnectorError ERR_CONFIG for a URL of another kind.
 */
export function openArtifacts(url: string, aws: AwsSettings = {}): ArtifactStore {
  if (url.startsWith('s3:')) return openS3Artifacts(url, aws);
  if (!url.startsWith('file:')) {
    throw new ConnectorError(
      'ERR_CONFIG',
      `PENSTOCK_ARTIFACTS is "${url}"; use file:/var/lib/penstock/artifacts or s3://bucket/prefix`,
    );
  }
  const folder = url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
  return {
    write: (id, offset) => openWriter(pathOf(folder, id), offset),
    async read(id, range) {
      const path = pathOf(folder, id);
      await sizeOf(path, id);
      return createReadStream(path, range);
    },
    size: (id) => sizeOf(pathOf(folder, id), id),
    remove: (id) => rm(pathOf(folder, id), { force: true }),
  };
}

function pathOf(folder: string, id: string): string {
  if (!isArtifactId(id)) throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`);
  return join(folder, shardOf(id), id);
}

async function sizeOf(path: string, id: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`, {
      hint: 'Artifacts go when their run goes.',
      cause,
    });
  }
}

async function openWriter(path: string, offset: number): Promise<ArtifactWriter> {
  // Results of customers: only for the user that the worker runs as, whatever its umask is.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file: FileHandle = await open(path, offset === 0 ? 'w' : 'r+', 0o600);
  await file.truncate(offset);
  let size = offset;
  return {
    get size() {
      return size;
    },
    async write(chunk) {
      await file.writev([chunk], size);
      size += chunk.byteLength;
    },
    flush: () => file.datasync(),
    close: () => file.close(),
  };
}
