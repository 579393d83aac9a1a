import type { Readable } from 'node:stream';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { readArrowRows } from './arrow-rows.ts';
import type { ValueRef } from './artifact-store.ts';
import type { Context } from './context.ts';
import { createJsonSlicer, type JsonSlicer } from './json-slices.ts';
import { gatherAll } from './paths.ts';

/** Media types of results whose rows are read. */
export const NDJSON = 'application/x-ndjson';
const ARROW = 'application/vnd.apache.arrow.stream';
const JSON_TYPE = 'application/json';

const NEWLINE = 0x0a;
/** Read at once; a batch of elements is what is whole in it. */
const READ_BYTES = 256 * 1024;

/** Values of lines, and for each the offset of the byte after it. */
export interface Lines {
  rows: unknown[];
  ends: number[];
}

/** Whether the rows or values of an artifact can be read: CSV writes NULL and the text null alike. */
export function isReadable({ artifact }: ValueRef): boolean {
  return [NDJSON, ARROW, JSON_TYPE].includes(artifact.media_type);
}

/** What stands at a reference, in parts of a few hundred kilobytes. */
export interface Elements {
  /** A `value` is one batch of one element; `missing` has none. */
  kind: 'list' | 'value' | 'missing';
  /** The elements were found inside those of a list, or are what a list's items have under a name. */
  isJoined: boolean;
  batches: AsyncIterable<unknown[]>;
}

/**
 * Opens what a reference leads to without holding it in memory: the elements of a list, or of all lists that a path leads
 * through, as JSONata joins them. The batches are to be read, or the iteration ended, so that the file is closed.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_EXPRESSION for a format whose rows cannot be read
 */
export async function openElements(ctx: Context, ref: ValueRef): Promise<Elements> {
  const { artifact } = ref;
  if (artifact.media_type === NDJSON || artifact.media_type === ARROW) {
    const body = await open(ctx, ref);
    const rows = artifact.media_type === NDJSON ? rowsOf(readLines(body)) : readArrowRows(body);
    return { kind: 'list', isJoined: ref.path.length > 0, batches: named(rows, ref.path) };
  }
  if (artifact.media_type === JSON_TYPE) return openJson(ctx, ref);
  throw new ConnectorError(
    'ERR_EXPRESSION',
    `the rows of the artifact ${artifact.id} cannot be read: it is ${artifact.media_type}`,
    {
      hint: 'Use the format JSON_ARRAY or ARROW_STREAM if later steps read the rows, or pass output.artifact.id to an action that accepts an artifact.',
    },
  );
}

/** Texts of what stands at a reference into a JSON artifact: the elements of a list, or the one value. */
export interface Slices {
  kind: Elements['kind'];
  /** Names that are still to be followed in each element. */
  rest: string[];
  slices: AsyncIterable<Buffer[]>;
}

/** Opens them; as with `Elements`, they are to be read. */
export async function openSlices(ctx: Context, ref: ValueRef): Promise<Slices> {
  const path = jsonPath(ref);
  const slicer = createJsonSlicer(path);
  const parts = sliced(await open(ctx, ref), slicer);
  const first = await parts.next();
  const kind = slicer.found ?? 'missing';
  const slices = prepend(first.done ? [] : [first.value], parts);
  return { kind, rest: kind === 'list' ? path.slice(slicer.names) : [], slices };
}

function open(ctx: Context, { artifact }: ValueRef): Promise<Readable> {
  return ctx.artifacts.read(artifact.id);
}

async function openJson(ctx: Context, ref: ValueRef): Promise<Elements> {
  const { kind, rest, slices } = await openSlices(ctx, ref);
  return { kind, isJoined: rest.length > 0, batches: named(parsed(slices), rest) };
}

/** The rows of what started a workflow are the data of its events, not kept twice. */
function jsonPath({ path, is_trigger }: ValueRef): string[] {
  const [first, ...rest] = path;
  return is_trigger === true && first === 'rows' ? ['events', 'data', ...rest] : path;
}

async function* sliced(body: AsyncIterable<Uint8Array>, slicer: JsonSlicer): AsyncGenerator<Buffer[], undefined> {
  for await (const piece of body) {
    const slices = slicer.push(piece);
    if (slices.length > 0) yield slices;
    if (slicer.isDone) return undefined;
  }
  yield slicer.end();
  return undefined;
}

async function* prepend<T>(first: T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first;
  yield* rest;
}

/** The values of texts. */
export async function* parsed(batches: AsyncIterable<Buffer[]>): AsyncGenerator<unknown[]> {
  for await (const slices of batches) yield slices.map((slice) => parseJson(slice.toString('utf8')));
}

/** With names: what they lead to in each element. */
export async function* named(batches: AsyncIterable<unknown[]>, names: readonly string[]): AsyncGenerator<unknown[]> {
  for await (const batch of batches) yield names.length === 0 ? batch : gatherAll(batch, names);
}

/** The values of NDJSON lines, with the offset of the byte after each; `from` is where the bytes begin in the whole. */
export async function* readLines(body: AsyncIterable<Uint8Array>, from = 0): AsyncGenerator<Lines> {
  let offset = from;
  for await (const lines of wholeLines(body)) {
    const found: Lines = { rows: [], ends: [] };
    for (let at = 0; at < lines.length; ) {
      const end = lines.indexOf(NEWLINE, at);
      const next = end < 0 ? lines.length : end + 1;
      if (next > at + 1) {
        found.rows.push(parseJson(lines.toString('utf8', at, next)));
        found.ends.push(offset + next);
      }
      at = next;
    }
    offset += lines.length;
    yield found;
  }
}

async function* rowsOf(lines: AsyncIterable<Lines>): AsyncGenerator<unknown[]> {
  for await (const { rows } of lines) yield rows;
}

/** Joins pieces so that each ends with a line. */
async function* wholeLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let kept: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    size += piece.length;
    if (end > 0 && size >= READ_BYTES) {
      const whole = Buffer.concat([...kept, piece.subarray(0, end)]);
      kept = end < piece.length ? [Buffer.from(piece.subarray(end))] : [];
      size = piece.length - end;
      yield whole;
    } else kept.push(Buffer.from(piece));
  }
  if (size > 0) yield Buffer.concat(kept);
}
