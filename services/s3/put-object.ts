import type { CompletedPart } from '@aws-sdk/client-s3';
import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import { FIRST_ROW, groupRows, rowsOf } from '../../actions/rows.ts';
import { inputError } from '../../connector/errors.ts';
import { stringifyAtEdge } from '../../connector/json.ts';
import type { Action } from '../../connector/manifest.ts';
import { atService, type Client, present } from './client.ts';
import { checkedKey } from './keys.ts';
import { plainTag } from './objects.ts';

interface PutInput {
  bucket: string;
  key: string;
  content?: string;
  content_base64?: string;
  artifact?: string;
  rows?: unknown[];
  content_type?: string;
  metadata?: Record<string, string>;
  timeout_seconds: number;
}

/** What is written, in pieces of any size. */
interface Content {
  pieces: AsyncIterable<Uint8Array>;
  /** In bytes, where it is known. */
  size?: number;
}

type Target = { Bucket: string; Key: string };

/** AWS takes 5 MiB to 5 GiB, but for the last; a few are in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;
/** Of one object, 48.8 TiB of AWS's own limit aside. */
const MAX_PARTS = 10_000;
const LINES_LENGTH = 1024 * 1024;

/**
 * Writes an object. What fits into a part is one request; more is a multipart upload, so that memory does not grow with the object. It
 * is there with its last request, or not at all: an upload that fails is given up.
 */
export function advancePut(action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const input = call.input as PutInput;
  const timeoutMs = input.timeout_seconds * 1000;
  return atService(io, { action, purpose: 'start', timeoutMs }, async (client) => {
    const content = await contentOf(io, call, input);
    const about = { ContentType: input.content_type ?? typeOf(input), Metadata: input.metadata };
    const target: Target = { Bucket: input.bucket, Key: checkedKey(input) };
    const parts = partsOf(content);
    const first = (await parts.next()).value ?? Buffer.alloc(0);
    const second = await parts.next();
    const { etag, bytes } =
      second.done === true
        ? await putWhole(client, { ...target, ...about, Body: first })
        : await putParts(client, { target, about, signal: io.signal }, joined(first, second.value, parts));
    return { kind: 'done', output: { bucket: input.bucket, key: input.key, bytes, etag } };
  });
}

async function putWhole(
  { sdk, client }: Client,
  object: Target & { Body: Uint8Array; ContentType: string; Metadata: Record<string, string> | undefined },
): Promise<{ etag: string; bytes: number }> {
  const { ETag } = await client.send(new sdk.PutObjectCommand(object));
  return { etag: plainTag(ETag), bytes: object.Body.length };
}

async function putParts(
  { sdk, client }: Client,
  of: { target: Target; about: object; signal: AbortSignal },
  parts: AsyncIterable<Uint8Array>,
): Promise<{ etag: string; bytes: number }> {
  const { target, about, signal } = of;
  const begun = await client.send(new sdk.CreateMultipartUploadCommand({ ...target, ...about }));
  const UploadId = present(begun.UploadId, 'UploadId');
  try {
    const done: CompletedPart[] = [];
    let bytes = 0;
    for await (const Body of parts) {
      signal.throwIfAborted();
      const PartNumber = done.length + 1;
      if (PartNumber > MAX_PARTS)
        throw inputError('/rows', 'are larger than 10,000 parts; write them in several objects');
      const { ETag } = await client.send(new sdk.UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
      done.push({ ETag: present(ETag, 'ETag'), PartNumber });
      bytes += Body.length;
    }
    const { ETag } = await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: done } }),
    );
    return { etag: plainTag(ETag), bytes };
  } catch (error) {
    // What stays of it costs; a service that cannot be reached keeps it until its own rules remove it.
    await client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {});
    throw error;
  }
}

async function contentOf(io: Io, call: ActionCall, input: PutInput): Promise<Content> {
  if (input.artifact !== undefined) {
    const { size, body } = await io.sendArtifact(input.artifact);
    return { pieces: body as AsyncIterable<Uint8Array>, size };
  }
  if (input.content !== undefined || input.content_base64 !== undefined) {
    const { content } = input;
    const bytes = content === undefined ? Buffer.from(input.content_base64 ?? '', 'base64') : Buffer.from(content);
    return { pieces: only(bytes), size: bytes.length };
  }
  return { pieces: linesOf(call) };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* linesOf(call: ActionCall): AsyncGenerator<Uint8Array> {
  const by = {
    write: (row: unknown) => `${stringifyAtEdge(row)}\n`,
    maxRows: Number.POSITIVE_INFINITY,
    maxLength: LINES_LENGTH,
  };
  for await (const { texts } of groupRows(rowsOf(call), FIRST_ROW, by)) yield Buffer.from(texts.join(''));
}

/** The content in parts of one size, but for the last. Parts are larger where there would be too many. */
async function* partsOf({ pieces, size = 0 }: Content): AsyncGenerator<Uint8Array, undefined> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS));
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let rest: Uint8Array = piece;
    while (length + rest.length >= partBytes) {
      const end = partBytes - length;
      yield Buffer.concat([...waiting, rest.subarray(0, end)]);
      rest = rest.subarray(end);
      waiting = [];
      length = 0;
    }
    if (rest.length === 0) continue;
    waiting.push(rest);
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(waiting);
  return undefined;
}

async function* joined(
  first: Uint8Array,
  second: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield second;
  yield* rest;
}

function typeOf({ rows, content }: PutInput): string {
  if (content !== undefined) return 'text/plain; charset=utf-8';
  return rows === undefined ? 'application/octet-stream' : 'application/x-ndjson';
}
