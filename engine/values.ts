import { parseJson, stringifyJson } from '../connector/json.ts';
import type { ArtifactHandle } from './artifacts.ts';
import type { Context } from './context.ts';

/**
 * Larger values go to the artifact store: a Redis that holds 100,000 runs must not hold 100,000 results.
 * 64 KiB is about 300 rows of ten columns.
 */
export const MAX_INLINE_BYTES = 65_536;
/** UTF-8 takes at most three bytes for one UTF-16 unit; shorter texts need no counting. */
const MAX_BYTES_PER_UNIT = 3;

/** A value where it is kept: inside the record, or in the artifact store with a handle in the record. */
export type Stored = { value: unknown } | { artifact: ArtifactHandle };

/** Keeps a value; the artifact's id is derived from `owner`, so that a repeat overwrites instead of piling up. */
export async function storeValue(ctx: Context, value: unknown, owner: string): Promise<Stored> {
  const text = stringifyJson(value) ?? 'null';
  if (text.length * MAX_BYTES_PER_UNIT <= MAX_INLINE_BYTES) return { value };
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= MAX_INLINE_BYTES) return { value };
  const id = `art_${owner}`;
  const writer = await ctx.artifacts.write(id, 0);
  try {
    await writer.write(bytes);
    await writer.flush();
  } finally {
    await writer.close();
  }
  return { artifact: { id, media_type: 'application/json', size: bytes.byteLength } };
}

/** Reads a value of `storeValue` back. @throws ConnectorError ERR_NOT_FOUND when the artifact went with its run. */
export async function loadValue(ctx: Context, stored: Stored): Promise<unknown> {
  if ('value' in stored) return stored.value;
  const chunks: Buffer[] = [];
  for await (const chunk of await ctx.artifacts.read(stored.artifact.id)) chunks.push(chunk as Buffer);
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}
