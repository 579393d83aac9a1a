import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConnectorError } from '../../connector/errors.ts';
import type { AwsSettings } from '../process/config.ts';
import { isArtifactId, shardOf } from '../store/ids.ts';
import type { ArtifactStore, ArtifactWriter } from './artifact-store.ts';
import { openS3Artifacts } from './artifacts-s3.ts';

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
      hint: 'Artifacts are deleted with their run.',
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
