import type { RowPlace, RowSource } from '../../actions/call.ts';
import { FIRST_ROW, rowsInMemory } from '../../actions/rows.ts';
import { ConnectorError, inputError } from '../../connector/errors.ts';
import type { ArtifactHandle, ValueRef } from './artifact-store.ts';
import type { Context } from './context.ts';
import { NDJSON, readLines } from './elements.ts';
import { loadRef } from './load.ts';

type Row = Record<string, unknown>;

/** How rows are made ready for an action. */
export interface RowHandling {
  /** The rows as the action takes them. @throws ConnectorError ERR_INPUT_INVALID with pointers from `/rows/0` on */
  accept(rows: unknown[]): Promise<Row[]>;
  /** A copy of what is referred to as lines that can be entered anywhere; made once for a run. */
  asLines(): Promise<ArtifactHandle>;
}

/**
 * Opens the rows that a reference leads to. Lines are read where they are; a list inside a JSON value is taken into memory
 * while an expression may be as large, and copied as lines beyond, as is every other format.
 * @throws ConnectorError ERR_INPUT_INVALID for what is no list, ERR_NOT_FOUND when it went with its run
 */
export async function openRowSource(ctx: Context, ref: ValueRef, handling: RowHandling): Promise<RowSource> {
  const { artifact, path } = ref;
  const isSmall = artifact.media_type === 'application/json' && artifact.size <= ctx.config.expressionMaxBytes;
  if (isSmall) {
    const list = await loadRef(ctx, { ...ref, is_list: true }, ctx.config.expressionMaxBytes);
    if (!Array.isArray(list)) throw inputError('/rows', 'must be a list');
    return accepted(rowsInMemory(list as Row[]), handling);
  }
  const isLines = artifact.media_type === NDJSON && path.length === 0;
  return accepted(linesSource(ctx, isLines ? artifact : await handling.asLines()), handling);
}

function linesSource(ctx: Context, { id, size }: ArtifactHandle): RowSource {
  return {
    async *read(from = FIRST_ROW) {
      if (from.at >= size) return;
      let { row } = from;
      for await (const { rows, ends } of readLines(
        await ctx.artifacts.read(id, { start: from.at, end: size - 1 }),
        from.at,
      )) {
        const next = ends.map((at): RowPlace => {
          row += 1;
          return { row, at };
        });
        yield { rows: rows as Row[], next };
      }
    },
  };
}

/** Checked and changed in parts; a list without rows is checked as such. */
function accepted(source: RowSource, { accept }: RowHandling): RowSource {
  return {
    async *read(from = FIRST_ROW) {
      let row = from.row;
      for await (const { rows, next } of source.read(from)) {
        yield { rows: await acceptFrom(accept, rows, row), next };
        row += rows.length;
      }
      if (row === 0) await accept([]);
    },
  };
}

async function acceptFrom(accept: RowHandling['accept'], rows: Row[], first: number): Promise<Row[]> {
  try {
    return await accept(rows);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.errors === undefined || first === 0) throw error;
    const errors = error.errors.map((validationError) => ({
      ...validationError,
      pointer: validationError.pointer.replace(
        /^\/rows\/(\d+)/,
        (_, index: string) => `/rows/${first + Number(index)}`,
      ),
    }));
    throw new ConnectorError(error.code, error.message, { hint: error.hint, errors, sent: 'no', cause: error });
  }
}
