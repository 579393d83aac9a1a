import { hash } from 'node:crypto';
import { cachePerOwner } from '../../connector/bounded-cache.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import { type ArtifactHandle, artifactId } from './artifact-store.ts';
import type { Context } from './context.ts';

/**
 * Larger values go to the artifact store: a Redis that holds 100,000 runs must not hold 100,000 results.
 * 64 KiB is about 300 rows of ten columns.
 */
export const MAX_INLINE_BYTES = 65_536;
/** UTF-8 takes at most three bytes for one UTF-16 unit; shorter texts need no counting. */
const MAX_BYTES_PER_UNIT = 3;
/**
 * The next step of a workflow often runs in the process that made its input, and the items of a loop read one result; that
 * much is kept for them, counted as JSON. One result that an expression may read fits.
 */
const MAX_KEPT_BYTES = 33 * 1024 * 1024;
const MARK_DIGITS = 12;

/** A value where it is kept: inside the record, or in the artifact store with a handle in the record. */
export type Stored = { value: unknown } | { artifact: ArtifactHandle };

/**
 * Keeps a value. The artifact's id is made of the run's and of its content: a repeat with the same content overwrites, and
 * one with another never changes what a record refers to already.
 */
export async function storeValue(
  ctx: Context,
  value: unknown,
  of: { run: string; part: 'in' | 'out' },
): Promise<Stored> {
  const text = stringifyJson(value) ?? 'null';
  if (text.length * MAX_BYTES_PER_UNIT <= MAX_INLINE_BYTES) return { value };
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= MAX_INLINE_BYTES) return { value };
  const mark = hash('sha1', bytes).slice(0, MARK_DIGITS);
  const artifact = {
    id: artifactId(of.run, `${of.part}_${mark}`),
    media_type: 'application/json',
    size: bytes.byteLength,
  };
  const writer = await ctx.artifacts.write(artifact.id, 0);
  try {
    await writer.write(bytes);
    await writer.flush();
  } finally {
    await writer.close();
  }
  keepPart(ctx, artifact.id, { value, size: artifact.size });
  return { artifact };
}

/** Takes back what was stored for a record that was not written. */
export async function dropStored(ctx: Context, stored: Stored): Promise<void> {
  if ('artifact' in stored) await ctx.artifacts.remove(stored.artifact.id);
}

/**
 * Reads a value of `storeValue` back. It may be shared with others: nobody may change it.
 * @throws ConnectorError ERR_NOT_FOUND when the artifact went with its run
 */
export async function loadValue(ctx: Context, stored: Stored): Promise<unknown> {
  if ('value' in stored) return stored.value;
  const { artifact } = stored;
  const known = knownPart(ctx, artifact.id);
  if (known !== undefined) return known.value;
  const chunks: Buffer[] = [];
  for await (const chunk of await ctx.artifacts.read(artifact.id)) chunks.push(chunk as Buffer);
  const value = parseJson(Buffer.concat(chunks).toString('utf8'));
  keepPart(ctx, artifact.id, { value, size: artifact.size });
  return value;
}

/** A value and how many bytes its JSON has. */
interface Part {
  value: unknown;
  size: number;
}

const kept = cachePerOwner<Part>(MAX_KEPT_BYTES);

/** What `keepPart` kept, while there is room for it. */
export function knownPart(ctx: Context, key: string): Part | undefined {
  return kept(ctx.redis).get(key);
}

/** Keeps a value for those that ask for it next. */
export function keepPart(ctx: Context, key: string, part: Part): void {
  kept(ctx.redis).set(key, part, part.size);
}
