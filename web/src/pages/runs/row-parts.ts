import { useInfiniteQuery } from '@tanstack/react-query';
import { readArtifact } from 'penstock-client';
import { ask } from '../../data/api-error.ts';
import { parseExact } from '../../data/json.ts';

/** A file of rows, one JSON object a line. */
export interface RowFile {
  run: string;
  artifact: string;
  /** Bytes. */
  size: number;
}

export type Row = Record<string, unknown>;

/** Rows of a part of a file are in the page at once; so many bytes of them. */
const PART_BYTES = 4_000_000;
/** Read at once while a person scrolls. */
const CHUNK_BYTES = 256_000;
const MAX_ROW_BYTES = 4_000_000;
const LINE_END = 10;

/** How many parts a file is read in. */
export function partCount({ size }: RowFile): number {
  return Math.max(1, Math.ceil(size / PART_BYTES));
}

/** The rows that begin in part `part` (from 0) of a file, chunk after chunk: the rest of it never enters the page. */
export function useRowPart(file: RowFile, part: number) {
  return useInfiniteQuery({
    queryKey: ['rows', file.run, file.artifact, part],
    queryFn: ({ pageParam, signal }) => readRows(file, { from: pageParam, part, signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

async function readRows(file: RowFile, of: { from: number | undefined; part: number; signal: AbortSignal }) {
  const { part, signal } = of;
  const end = Math.min((part + 1) * PART_BYTES, file.size);
  // A row that begins before the part is of the part before: the byte before it tells whether one begins exactly here.
  const from = of.from ?? Math.max(0, part * PART_BYTES - 1);
  for (let length = CHUNK_BYTES; ; length *= 4) {
    const bytes = await readBytes(file, { from, length, signal });
    const isLast = from + bytes.length >= file.size;
    const begin = of.from === undefined && part > 0 ? bytes.indexOf(LINE_END) + 1 : 0;
    const whole = isLast ? bytes.length : bytes.lastIndexOf(LINE_END) + 1;
    if (whole > begin || isLast) {
      const { rows, next } = rowsOf(bytes.subarray(begin, whole), { from: from + begin, end });
      return { rows, next };
    }
    if (length >= MAX_ROW_BYTES) throw new Error('A row is larger than 4 MB. Download the file to read it.');
  }
}

async function readBytes(
  file: RowFile,
  of: { from: number; length: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const { from, length, signal } = of;
  if (file.size === 0 || from >= file.size) return new Uint8Array();
  const answer = readArtifact({
    path: { id: file.run },
    query: { id: file.artifact },
    headers: { Range: `bytes=${from}-${Math.min(from + length, file.size) - 1}` },
    parseAs: 'arrayBuffer',
    signal,
  });
  return new Uint8Array((await ask(answer)) as unknown as ArrayBuffer);
}

/** The rows of whole lines, up to the one that begins at `end` of the file; `next` is where to read further. */
function rowsOf(bytes: Uint8Array, { from, end }: { from: number; end: number }): { rows: Row[]; next?: number } {
  const rows: Row[] = [];
  const decoder = new TextDecoder();
  let at = 0;
  while (at < bytes.length && from + at < end) {
    const found = bytes.indexOf(LINE_END, at);
    const lineEnd = found === -1 ? bytes.length : found;
    const line = decoder.decode(bytes.subarray(at, lineEnd));
    if (line.trim() !== '') rows.push(rowOf(line));
    at = lineEnd + 1;
  }
  return from + at < end ? { rows, next: from + at } : { rows };
}

/** A line that is no object is a row of one value. */
function rowOf(line: string): Row {
  let value: unknown = line;
  try {
    value = parseExact(line);
  } catch {
    // Shown as it is.
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : { value };
}
