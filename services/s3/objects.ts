import type { Readable } from 'node:stream';
import { saveBody } from '../../actions/artifact-body.ts';
import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import type { Action } from '../../connector/manifest.ts';
import { atService, type Client, present } from './client.ts';
import { checkedKey } from './keys.ts';

interface ObjectInput {
  bucket: string;
  key: string;
}

interface ListInput {
  bucket: string;
  prefix?: string;
  delimiter?: string;
  start_after?: string;
  sort: 'key' | 'last_modified';
  max_items: number;
}

/** An object as a list shows it. */
interface Listed {
  key: string;
  size: number;
  last_modified: string;
  etag: string;
  storage_class: string;
}

const TIMEOUT_MS = 60_000;
const PAGE_SIZE = 1_000;

/** Reads an object into an artifact, at the pace it can be written. */
export async function advanceGet(action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const { bucket } = call.input as ObjectInput;
  const key = checkedKey(call.input as ObjectInput);
  return atService(io, { action, purpose: 'start', timeoutMs: TIMEOUT_MS }, async ({ sdk, client }) => {
    const got = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
    const contentType = got.ContentType ?? 'application/octet-stream';
    const saved = await saveBody(io, { headers: { 'content-type': contentType }, body: got.Body as Readable });
    const output = {
      bucket,
      key,
      ...saved,
      content_type: contentType,
      etag: plainTag(got.ETag),
      last_modified: got.LastModified?.toISOString(),
      metadata: got.Metadata ?? {},
    };
    return { kind: 'done', output };
  });
}

/** Deletes an object; of one that is not there, nothing. */
export async function advanceDelete(action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const { bucket } = call.input as ObjectInput;
  const key = checkedKey(call.input as ObjectInput);
  return atService(io, { action, purpose: 'start', timeoutMs: TIMEOUT_MS }, async ({ sdk, client }) => {
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
    return { kind: 'done', output: { bucket, key } };
  });
}

/** Lists objects in the order of their keys, page after page up to the limit. */
export function advanceList(action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const input = call.input as ListInput;
  return atService(io, { action, purpose: 'start', timeoutMs: TIMEOUT_MS }, async (client) => {
    const { objects, prefixes, more } = await list(client, input, io.signal);
    if (input.sort === 'last_modified') objects.sort(byTime);
    return { kind: 'done', output: { objects, prefixes, more } };
  });
}

/** Lists the buckets of the owner of the key. */
export function advanceListBuckets(action: Action, _call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  return atService(io, { action, purpose: 'start', timeoutMs: TIMEOUT_MS }, async ({ sdk, client }) => {
    const { Buckets } = await client.send(new sdk.ListBucketsCommand({}));
    const buckets = present(Buckets, 'list of buckets').map(({ Name, CreationDate }) => ({
      name: Name,
      created_at: CreationDate?.toISOString(),
    }));
    return { kind: 'done', output: { buckets } };
  });
}

async function list(
  { sdk, client }: Client,
  input: ListInput,
  signal: AbortSignal,
): Promise<{ objects: Listed[]; prefixes: string[]; more: boolean }> {
  const objects: Listed[] = [];
  const prefixes: string[] = [];
  let token: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket: input.bucket,
        Prefix: input.prefix,
        Delimiter: input.delimiter,
        StartAfter: input.start_after,
        ContinuationToken: token,
        MaxKeys: Math.min(PAGE_SIZE, input.max_items - objects.length - prefixes.length),
      }),
    );
    present(page.Name, 'name of the bucket');
    for (const { Key = '', Size = 0, LastModified, ETag, StorageClass = 'STANDARD' } of page.Contents ?? []) {
      const last_modified = LastModified?.toISOString() ?? '';
      objects.push({ key: Key, size: Size, last_modified, etag: plainTag(ETag), storage_class: StorageClass });
    }
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) prefixes.push(Prefix);
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    const isFull = objects.length + prefixes.length >= input.max_items;
    if (token === undefined || isFull) return { objects, prefixes, more: token !== undefined };
  }
}

function byTime(a: Listed, b: Listed): number {
  if (a.last_modified !== b.last_modified) return a.last_modified < b.last_modified ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

/** Without the quotes of the header. @throws ConnectorError ERR_RESPONSE_INVALID without one */
export function plainTag(tag: string | undefined): string {
  return present(tag, 'ETag').replaceAll('"', '');
}
