import { pipeline, type Readable, Transform } from 'node:stream';
import type { Context } from './context.ts';
import { linkMaker } from './deferred-links.ts';
import { completeText, type LinkOf, MARK_FORMS, MAX_LINK_LENGTH } from './marked-text.ts';

const MARKS = MARK_FORMS.map((form) => Buffer.from(form));

/**
 * The bytes of a stream with the deferred approval links of a tenant completed, also across the borders of chunks; there are as many
 * as before. `made` hears the last part of each link. Destroying it destroys the source.
 */
export async function completeStream(
  ctx: Context,
  tenant: string,
  source: Readable,
  made: (link: string) => void,
): Promise<Readable> {
  const linkOf = await linkMaker(ctx, tenant, made).catch((error: unknown) => {
    source.destroy();
    throw error;
  });
  let held: Buffer = Buffer.alloc(0);
  const completing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = completeBytes(held.length === 0 ? chunk : Buffer.concat([held, chunk]), linkOf, true);
      const end = Math.max(0, bytes.length - MAX_LINK_LENGTH);
      held = Buffer.from(bytes.subarray(end));
      done(null, bytes.subarray(0, end));
    },
    flush(done) {
      done(null, completeBytes(held, linkOf, false));
    },
  });
  // The error of either side reaches the reader as that of the one it reads.
  return pipeline(source, completing, () => {});
}

/** Latin-1 keeps each byte one character, whatever the bytes are. */
function completeBytes(bytes: Buffer, linkOf: LinkOf, continues: boolean): Buffer {
  if (!MARKS.some((mark) => bytes.includes(mark))) return bytes;
  return Buffer.from(completeText(bytes.toString('latin1'), linkOf, continues), 'latin1');
}
