import { stringifyJson } from '../../connector/json.ts';
import type { ArtifactHandle } from './artifact-store.ts';
import type { Context } from './context.ts';
import { NDJSON } from './elements.ts';

/** Values written as lines, and where they can be entered. */
export interface LinesCopy {
  artifact: ArtifactHandle;
  count: number;
  /** Of each page: the index of its first line and the byte where it begins. */
  pages: [index: number, at: number][];
}

const WRITE_BYTES = 1024 * 1024;
/** A page is read to get one of its lines. */
const PAGE_BYTES = 512 * 1024;
const PAGE_LINES = 500;

/** Writes values as lines of an artifact, which is recreated. Holds a megabyte of them. */
export async function copyAsLines(ctx: Context, id: string, batches: AsyncIterable<unknown[]>): Promise<LinesCopy> {
  const writer = await ctx.artifacts.write(id, 0);
  const pages: LinesCopy['pages'] = [];
  let count = 0;
  let size = 0;
  let kept: Buffer[] = [];
  let keptSize = 0;
  const flush = async () => {
    if (keptSize > 0) await writer.write(Buffer.concat(kept));
    kept = [];
    keptSize = 0;
  };
  try {
    for await (const batch of batches) {
      for (const value of batch) {
        const last = pages.at(-1);
        if (last === undefined || count - last[0] >= PAGE_LINES || size - last[1] >= PAGE_BYTES)
          pages.push([count, size]);
        const line = Buffer.from(`${stringifyJson(value) ?? 'null'}\n`);
        kept.push(line);
        keptSize += line.length;
        size += line.length;
        count += 1;
        if (keptSize >= WRITE_BYTES) await flush();
      }
    }
    await flush();
    await writer.flush();
  } finally {
    await writer.close();
  }
  return { artifact: { id, media_type: NDJSON, size }, count, pages };
}
