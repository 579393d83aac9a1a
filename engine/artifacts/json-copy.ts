import { randomUUID } from 'node:crypto';
import { stringifyJson } from '../../connector/json.ts';
import { partsOf } from '../../connector/json-pointer.ts';
import type { ValueRef } from './artifact-store.ts';
import type { Context } from './context.ts';
import { named, openElements, openSlices, parsed } from './elements.ts';
import { withWhole } from './pointers.ts';

/**
 * The JSON text of a value with what it refers to, by pointer, in its places; in pieces, whatever its size.
 * A reference that leads to nothing is null.
 */
export async function* writeJsonText(
  ctx: Context,
  value: unknown,
  refs: Readonly<Record<string, ValueRef>>,
): AsyncGenerator<Buffer> {
  // A part of a value that is referred to as a whole comes after it.
  const outer = Object.entries(refs).filter(([pointer]) => !isBelowAnother(pointer, refs));
  // Nobody who wrote the value can know it.
  const mark = randomUUID();
  let marked = value;
  for (const [index, [pointer, ref]] of outer.entries())
    marked = withWhole(marked, ref, partsOf(pointer), `${mark}:${index}`);
  const text = stringifyJson(marked);
  let at = 0;
  for (const found of text.matchAll(new RegExp(`"${mark}:(\\d+)"`, 'g'))) {
    yield Buffer.from(text.slice(at, found.index));
    yield* textOf(ctx, outer[Number(found[1])]![1]);
    at = found.index + found[0].length;
  }
  yield Buffer.from(text.slice(at));
}

function isBelowAnother(pointer: string, refs: Readonly<Record<string, ValueRef>>): boolean {
  return Object.keys(refs).some((other) => other !== pointer && pointer.startsWith(`${other}/`));
}

async function* textOf(ctx: Context, ref: ValueRef): AsyncGenerator<Buffer> {
  if (ref.artifact.media_type !== 'application/json') {
    const { isJoined, batches } = await openElements(ctx, ref);
    yield* listText(batches, isJoined && ref.is_list !== true);
    return;
  }
  const { kind, rest, slices } = await openSlices(ctx, ref);
  if (rest.length > 0) yield* listText(named(parsed(slices), rest), ref.is_list !== true);
  else if (kind === 'list') yield* joined(slices);
  else yield* orNull(slices);
}

async function* joined(slices: AsyncIterable<Buffer[]>): AsyncGenerator<Buffer> {
  let before = '[';
  for await (const batch of slices) {
    for (const slice of batch) {
      yield Buffer.concat([Buffer.from(before), slice]);
      before = ',';
    }
  }
  yield Buffer.from(before === '[' ? '[]' : ']');
}

async function* orNull(slices: AsyncIterable<Buffer[]>): AsyncGenerator<Buffer> {
  let isEmpty = true;
  for await (const batch of slices) {
    for (const slice of batch) {
      isEmpty = false;
      yield slice;
    }
  }
  if (isEmpty) yield Buffer.from('null');
}

/** `isSingle`: one element stands for itself and none is null, as JSONata has it of a path through a list. */
async function* listText(batches: AsyncIterable<unknown[]>, isSingle: boolean): AsyncGenerator<Buffer> {
  let held: string | undefined;
  let count = 0;
  for await (const batch of batches) {
    const pieces: string[] = [];
    for (const value of batch) {
      const text = stringifyJson(value);
      count += 1;
      if (count === 1) held = text;
      else if (count === 2) {
        pieces.push(`[${held},${text}`);
        held = undefined;
      } else pieces.push(`,${text}`);
    }
    if (pieces.length > 0) yield Buffer.from(pieces.join(''));
  }
  if (count > 1) yield Buffer.from(']');
  else if (count === 1) yield Buffer.from(isSingle ? held! : `[${held}]`);
  else yield Buffer.from(isSingle ? 'null' : '[]');
}
