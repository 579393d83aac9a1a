import { randomBytes } from 'node:crypto';
import { ConnectorError, type ErrorRecord } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { artifactId } from '../artifacts/artifact-store.ts';
import { isReadable } from '../artifacts/elements.ts';
import { writeJsonText } from '../artifacts/json-copy.ts';
import { MAX_INLINE_BYTES } from '../artifacts/values.ts';
import { itemRunId } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readMany } from '../runs/run-list.ts';
import { sealAgain } from '../runs/run-secrets.ts';
import { keptOutput, referTo } from './kept-values.ts';

type LoopOutput = Pick<Run, 'output' | 'artifact' | 'sealed_output'>;

/** Records read in one round trip. */
const BATCH = 200;
const WRITE_BYTES = 1024 * 1024;
const RANDOM_BYTES = 6;

/** The runs of a loop's items, in their order. */
export async function* itemRuns(ctx: Context, run: Run): AsyncGenerator<{ index: number; child: Run | undefined }> {
  const count = run.loop!.items;
  for (let from = 0; from < count; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => itemRunId(run.id, from + i));
    for (const [i, child] of (await readMany(ctx, ids)).entries()) yield { index: from + i, child };
  }
}

/**
 * The output of a loop, with the whole output of each item: in the record while it is small, else written to an artifact as
 * it is gathered. With failures, `errors` has one place for each item, too.
 * @throws ConnectorError ERR_NOT_FOUND when the run of an item is gone: a list with holes would be taken for whole
 */
export async function gatherOutputs(ctx: Context, run: Run, failed: number): Promise<LoopOutput> {
  const id = artifactId(run.id, `out_${randomBytes(RANDOM_BYTES).toString('hex')}`);
  const sink = openSink(ctx, id);
  try {
    await sink.write(Buffer.from('{"items":['));
    const secret: { child: Run; at: string }[] = [];
    const errors = new Map<number, Pick<ErrorRecord, 'code' | 'message'>>();
    for await (const { index, child } of itemRuns(ctx, run)) {
      if (child === undefined) throw gone(itemRunId(run.id, index));
      if (index > 0) await sink.write(Buffer.from(','));
      if (child.error !== undefined) errors.set(index, { code: child.error.code, message: child.error.message });
      if (child.sealed_output !== undefined) secret.push({ child, at: `/items/${index}` });
      if (child.status !== 'succeeded') await sink.write(Buffer.from('null'));
      else for await (const piece of outputText(ctx, child)) await sink.write(piece);
    }
    await sink.write(Buffer.from(']'));
    if (failed > 0) {
      await sink.write(Buffer.from(`,"failed":${failed},"errors":[`));
      for (let index = 0; index < run.loop!.items; index += 1) {
        const text = JSON.stringify(errors.get(index) ?? null);
        await sink.write(Buffer.from(index === 0 ? text : `,${text}`));
      }
      await sink.write(Buffer.from(']'));
    }
    await sink.write(Buffer.from('}'));
    return { ...(await sink.end()), ...(secret.length === 0 ? {} : sealAgain(ctx, run, secret)) };
  } catch (error) {
    await sink.drop();
    throw error;
  }
}

function outputText(ctx: Context, child: Run): AsyncGenerator<Buffer> {
  const kept = keptOutput(child);
  const refs = Object.entries(referTo(kept, []) ?? {}).filter(([, ref]) => isReadable(ref));
  return writeJsonText(ctx, kept.value ?? null, Object.fromEntries(refs));
}

/** Bytes in memory while they fit into a record, in an artifact from then on. */
function openSink(ctx: Context, id: string) {
  let writer: Awaited<ReturnType<Context['artifacts']['write']>> | undefined;
  let kept: Buffer[] = [];
  let size = 0;
  const flush = async () => {
    writer ??= await ctx.artifacts.write(id, 0);
    await writer.write(Buffer.concat(kept));
    kept = [];
    size = 0;
  };
  return {
    async write(piece: Buffer) {
      kept.push(piece);
      size += piece.length;
      if (size >= WRITE_BYTES) await flush();
    },
    async end(): Promise<Pick<Run, 'output' | 'artifact'>> {
      if (writer === undefined && size <= MAX_INLINE_BYTES)
        return { output: parseJson(Buffer.concat(kept).toString()) };
      await flush();
      await writer!.flush();
      const artifact = { id, media_type: 'application/json', size: writer!.size };
      await writer!.close();
      return { artifact };
    },
    async drop() {
      await writer?.close();
      if (writer !== undefined) await ctx.artifacts.remove(id);
    },
  };
}

function gone(id: string): ConnectorError {
  return new ConnectorError('ERR_NOT_FOUND', `the run of an item (${id}) was deleted before its loop ended`, {
    hint: 'Increase PENSTOCK_RETENTION_RUNS or PENSTOCK_RETENTION_DAYS.',
  });
}
