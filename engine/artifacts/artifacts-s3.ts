import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ConnectorError } from '../../connector/errors.ts';
import type { AwsSettings } from '../process/config.ts';
import { isArtifactId, shardOf } from '../store/ids.ts';
import type { ArtifactStore, ArtifactWriter } from './artifact-store.ts';
import { type Bucket, openBucket } from './s3-client.ts';

/** Gathered in memory before it is sent as one object: large enough to be few requests, small beside a chunk of a result. */
const PART_BYTES = 8 * 1024 * 1024;
/** Digits of a part's start: names sort as numbers do, up to a petabyte. */
const START_DIGITS = 15;

/** One object of an artifact. */
interface Part {
  key: string;
  start: number;
  size: number;
}

/**
 * Opens the store of an `s3://bucket[/prefix][?endpoint=URL&region=NAME]` URL, for any service that speaks S3.
 * An artifact is a row of objects, each named by where it begins, because S3 can neither append nor cut an object:
 * what was flushed stays, and a resumed run drops the objects after its offset.
 * `aws` is what the environment says of keys, region and endpoint; see `openBucket`.
 * @throws ConnectorError ERR_CONFIG for a URL without a bucket or half a key; with the first request, when no credentials are found
 */
export function openS3Artifacts(url: string, aws: AwsSettings): ArtifactStore {
  const bucket = openBucket(url, aws);
  const prefixOf = (id: string) => `${bucket.folder}${shardOf(id)}/${id}/`;
  const partsOf = (id: string) => listParts(bucket, prefixOf(assertId(id)));
  const existing = async (id: string): Promise<Part[]> => {
    const parts = await partsOf(id);
    if (parts.length > 0) return parts;
    throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`, {
      hint: 'Artifacts are deleted with their run.',
    });
  };
  return {
    async write(id, offset) {
      const parts = await partsOf(id);
      const kept = await cut(bucket, parts, offset);
      return createWriter({ bucket, prefix: prefixOf(id), offset, head: kept });
    },
    async read(id, range) {
      const parts = await existing(id);
      const end = sizeOf(parts) - 1;
      return Readable.from(
        readParts(bucket, parts, { start: range?.start ?? 0, end: Math.min(range?.end ?? end, end) }),
      );
    },
    size: async (id) => sizeOf(await existing(id)),
    async remove(id) {
      for (const { key } of await partsOf(id)) await removeObject(bucket, key);
    },
  };
}

/**
 * Drops what lies at or after `offset`; gives the bytes of a part that reaches over it, to be written again. That part stays until it is
 * written over: a process that is killed in between has lost nothing before `offset`.
 */
async function cut(bucket: Bucket, parts: Part[], offset: number): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  for (const { key, start, size } of parts) {
    if (start >= offset) await removeObject(bucket, key);
    else if (start + size > offset)
      head = await buffer(await getObject(bucket, key, { from: 0, to: offset - start - 1 }));
  }
  return head;
}

function createWriter(at: { bucket: Bucket; prefix: string; offset: number; head: Uint8Array }): ArtifactWriter {
  const { bucket, prefix } = at;
  let waiting: Uint8Array[] = at.head.byteLength > 0 ? [at.head] : [];
  let waitingBytes = at.head.byteLength;
  let start = at.offset - at.head.byteLength;
  let isEmpty = at.offset === 0;
  const send = async () => {
    if (waitingBytes === 0 && !isEmpty) return;
    const object = {
      Bucket: bucket.name,
      Key: `${prefix}${String(start).padStart(START_DIGITS, '0')}`,
      Body: Buffer.concat(waiting),
      ContentType: 'application/octet-stream',
    };
    await bucket.ask((sdk, client) => client.send(new sdk.PutObjectCommand(object)));
    isEmpty = false;
    start += waitingBytes;
    waiting = [];
    waitingBytes = 0;
  };
  return {
    get size() {
      return start + waitingBytes;
    },
    async write(chunk) {
      // The caller may use its buffer again after this resolves.
      waiting.push(Buffer.from(chunk));
      waitingBytes += chunk.byteLength;
      if (waitingBytes >= PART_BYTES) await send();
    },
    flush: send,
    close: send,
  };
}

async function* readParts(
  bucket: Bucket,
  parts: Part[],
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  for (const { key, start, size } of parts) {
    const from = Math.max(range.start - start, 0);
    const to = Math.min(range.end - start, size - 1);
    if (size === 0 || to < from) continue;
    yield* await getObject(bucket, key, { from, to });
  }
}

/** The parts of an artifact in their order, however many pages the service lists them on. */
async function listParts(bucket: Bucket, prefix: string): Promise<Part[]> {
  const parts: Part[] = [];
  await bucket.ask(async (sdk, client) => {
    const pages = sdk.paginateListObjectsV2({ client }, { Bucket: bucket.name, Prefix: prefix });
    for await (const { Contents = [] } of pages)
      for (const { Key = '', Size = 0 } of Contents)
        parts.push({ key: Key, start: Number(Key.slice(Key.lastIndexOf('/') + 1)), size: Size });
  });
  return parts.sort((a, b) => a.start - b.start);
}

/** Bytes `from` to `to` inclusive. @throws ConnectorError ERR_NOT_FOUND for an object that was deleted since it was listed */
async function getObject(bucket: Bucket, key: string, { from, to }: { from: number; to: number }): Promise<Readable> {
  const object = { Bucket: bucket.name, Key: key, Range: `bytes=${from}-${to}` };
  const { Body } = await bucket.ask(async (sdk, client) => {
    try {
      return await client.send(new sdk.GetObjectCommand(object));
    } catch (cause) {
      if (!(cause instanceof sdk.NoSuchKey)) throw cause;
      throw new ConnectorError('ERR_NOT_FOUND', 'the artifact was deleted while it was read', {
        hint: 'Artifacts are deleted with their run.',
        cause,
      });
    }
  });
  // In Node, the SDK's type of a body is always this one.
  return Body as Readable;
}

async function removeObject(bucket: Bucket, key: string): Promise<void> {
  await bucket.ask((sdk, client) => client.send(new sdk.DeleteObjectCommand({ Bucket: bucket.name, Key: key })));
}

function sizeOf(parts: Part[]): number {
  const last = parts.at(-1);
  return last === undefined ? 0 : last.start + last.size;
}

function assertId(id: string): string {
  if (isArtifactId(id)) return id;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`);
}
