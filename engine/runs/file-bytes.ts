import { type Dirent, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readTenantIds } from '../access/tenants.ts';
import { tryItem } from '../store/each-item.ts';
import { newId } from '../store/ids.ts';
import { QUOTAS, quotaExceeded } from '../store/quotas.ts';
import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';

/**
 * Bytes of files that core.file wrote, of each tenant and each folder of files: workers may share one, or have disks of their own. What
 * is written is counted before; a measurement of the folder then says what is really there, without what people deleted, or what a
 * process that died never wrote. Meanwhile a measurement may be off by what is being written, some megabytes for each run.
 */

/** Says which folder it is, whichever path leads to it. */
const ID_FILE = '.folder-id';
/** A look at all files of a tenant costs about 20 ms for a thousand. */
const MEASURE_MS = 60_000;
/** A tenant that is refused is measured again after so long, in case that somebody has made room. */
const MEASURE_REFUSED_MS = 2000;
/** Measurements take at most this part of the time. */
const MAX_PART = 0.02;

const nextAt = new WeakMap<Context['redis'], Map<string, number>>();

/** The folder that one tenant's files are in. */
export function filesFolder(ctx: Context, tenant: string): string {
  return join(ctx.config.dataFolder, 'files', tenant);
}

/** Counts bytes that are about to be written. @throws ConnectorError ERR_QUOTA_EXCEEDED */
export async function takeFileBytes(ctx: Context, tenant: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  const take = () =>
    callScript(
      ctx.redis,
      'takeFileBytes',
      [ctx.keys.fileBytes(tenant), ctx.keys.quotas(tenant)],
      [folderId(ctx), bytes, QUOTAS.file_bytes.limit],
    ) as Promise<string>;
  let refusal = await take();
  if (refusal === '') return;
  await measure(ctx, tenant, MEASURE_REFUSED_MS);
  refusal = await take();
  if (refusal !== '') throw quotaExceeded('file_bytes', refusal);
}

/** Measures the files of every tenant that is due. */
export async function measureFiles(ctx: Context): Promise<void> {
  for (const tenant of ['default', ...(await readTenantIds(ctx))])
    await tryItem(ctx, { loop: 'files', item: tenant }, () => measure(ctx, tenant, MEASURE_MS));
}

async function measure(ctx: Context, tenant: string, everyMs: number): Promise<void> {
  const next = nextAt.get(ctx.redis) ?? new Map<string, number>();
  nextAt.set(ctx.redis, next);
  const now = performance.now();
  const last = next.get(tenant);
  if (last !== undefined && now < last + everyMs) return;
  next.set(tenant, now);
  const key = ctx.keys.fileBytes(tenant);
  const bytes = await bytesIn(filesFolder(ctx, tenant));
  if (bytes === undefined) await ctx.redis.hdel(key, folderId(ctx));
  else await ctx.redis.hset(key, folderId(ctx), bytes);
  // Of a folder that takes long to measure, the next time comes later.
  const took = performance.now() - now;
  next.set(tenant, performance.now() + Math.max(0, took / MAX_PART - everyMs));
}

/** Bytes of all files below a folder, one folder after the other; links are not followed. `undefined` when it is not there. */
async function bytesIn(folder: string): Promise<number | undefined> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += (await bytesIn(path)) ?? 0;
    else if (entry.isFile()) bytes += await sizeOf(path);
  }
  return bytes;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    // It was deleted since.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

const folderIds = new WeakMap<Context['redis'], string>();

/** The id of the folder of files, made by the first process that needs it. */
function folderId(ctx: Context): string {
  const known = folderIds.get(ctx.redis);
  if (known !== undefined) return known;
  const folder = join(ctx.config.dataFolder, 'files');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, ID_FILE);
  const made = newId('fld', ctx.clock.now());
  // Linked when it is whole: of two processes at once, the later one takes the id of the earlier.
  const draft = `${file}-${made}`;
  writeFileSync(draft, made, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const id = readFileSync(file, 'utf8');
  folderIds.set(ctx.redis, id);
  return id;
}
