import { Readable } from 'node:stream';
import { S3mini } from 's3mini';
import { ConnectorError } from '../../connector/errors.ts';
import type { AwsSettings } from '../process/config.ts';
import { isArtifactId, shardOf } from '../store/ids.ts';
import type { ArtifactStore, ArtifactWriter } from './artifact-store.ts';

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
 * `aws` is the environment's AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and when given AWS_REGION and AWS_ENDPOINT_URL_S3.
 * @throws ConnectorError ERR_CONFIG for a URL without a bucket or missing credentials
 */
export function openS3Artifacts(url: string, aws: AwsSettings): ArtifactStore {
  const { client, folder } = openClient(url, aws);
  const prefixOf = (id: string) => `${folder}${shardOf(id)}/${id}/`;
  const partsOf = async (id: string): Promise<Part[]> => {
    const prefix = prefixOf(assertId(id));
    const listed = (await client.listObjects('/', prefix)) ?? [];
    return listed
      .map(({ Key, Size }) => ({ key: Key, start: Number(Key.slice(Key.lastIndexOf('/') + 1)), size: Number(Size) }))
      .sort((a, b) => a.start - b.start);
  };
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
      const kept = await cut(client, parts, offset);
      return createWriter({ client, prefix: prefixOf(id), offset, head: kept });
    },
    async read(id, range) {
      const parts = await existing(id);
      const end = sizeOf(parts) - 1;
      return Readable.from(
        readParts(client, parts, { start: range?.start ?? 0, end: Math.min(range?.end ?? end, end) }),
      );
    },
    size: async (id) => sizeOf(await existing(id)),
    async remove(id) {
      for (const { key } of await partsOf(id)) await client.deleteObject(key);
    },
  };
}

/** Drops what lies at or after `offset`; gives the bytes of a part that reaches over it, to be written again. */
async function cut(client: S3mini, parts: Part[], offset: number): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  for (const part of parts) {
    if (part.start + part.size <= offset && part.size > 0) continue;
    if (part.start < offset) {
      const bytes = await client.getObjectArrayBuffer(part.key);
      head = new Uint8Array(bytes ?? new ArrayBuffer(0)).subarray(0, offset - part.start);
    }
    await client.deleteObject(part.key);
  }
  return head;
}

function createWriter(at: { client: S3mini; prefix: string; offset: number; head: Uint8Array }): ArtifactWriter {
  const { client, prefix } = at;
  let waiting: Uint8Array[] = at.head.byteLength > 0 ? [at.head] : [];
  let waitingBytes = at.head.byteLength;
  let start = at.offset - at.head.byteLength;
  let isEmpty = at.offset === 0;
  const send = async () => {
    if (waitingBytes === 0 && !isEmpty) return;
    await client.putObject(
      `${prefix}${String(start).padStart(START_DIGITS, '0')}`,
      Buffer.concat(waiting),
      'application/octet-stream',
    );
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
  client: S3mini,
  parts: Part[],
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  for (const { key, start, size } of parts) {
    const from = Math.max(range.start - start, 0);
    const to = Math.min(range.end - start, size - 1);
    if (size === 0 || to < from) continue;
    const whole = from === 0 && to === size - 1;
    const { body } = await client.getObjectRaw(key, whole, from, to + 1);
    if (body !== null) yield* body as unknown as AsyncIterable<Uint8Array>;
  }
}

function sizeOf(parts: Part[]): number {
  const last = parts.at(-1);
  return last === undefined ? 0 : last.start + last.size;
}

function assertId(id: string): string {
  if (isArtifactId(id)) return id;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`);
}

function openClient(url: string, aws: AwsSettings): { client: S3mini; folder: string } {
  const parsed = new URL(url);
  const bucket = parsed.hostname;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = aws;
  if (bucket === '')
    throw new ConnectorError(
      'ERR_CONFIG',
      `PENSTOCK_ARTIFACTS "${url}" does not contain a bucket; use s3://bucket/prefix`,
    );
  if (!accessKeyId || !secretAccessKey) {
    throw new ConnectorError(
      'ERR_CONFIG',
      'PENSTOCK_ARTIFACTS is an s3: URL, which needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  }
  const region = parsed.searchParams.get('region') ?? aws.AWS_REGION ?? 'us-east-1';
  const endpoint =
    parsed.searchParams.get('endpoint') ?? aws.AWS_ENDPOINT_URL_S3 ?? `https://s3.${region}.amazonaws.com`;
  const client = new S3mini({
    accessKeyId,
    secretAccessKey,
    region,
    endpoint: `${endpoint.replace(/(?<!\/)\/+$/, '')}/${bucket}`,
  });
  const path = parsed.pathname.replace(/^\/+|(?<!\/)\/+$/g, '');
  return { client, folder: path === '' ? '' : `${path}/` };
}
