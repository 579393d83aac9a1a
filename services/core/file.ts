import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { ActionCall, ActionState, Io, RowPlace, Step } from '../../actions/call.ts';
import { beforeLaunch, isLaunch } from '../../actions/launch.ts';
import { FIRST_ROW, groupRows, rowsOf } from '../../actions/rows.ts';
import { ConnectorError, inputError } from '../../connector/errors.ts';
import { stringifyAtEdge } from '../../connector/json.ts';
import type { Action } from '../../connector/manifest.ts';

interface FileInput {
  path: string;
}

interface FileState {
  /** Where the file ended before this run appended the current part. */
  from: number;
  /** Where the rows of that part begin; the first ones unless it is there. */
  place?: RowPlace;
}

/** Of a name in a folder, on every file system in use. */
const MAX_PART_BYTES = 255;
const SHOWN_LENGTH = 40;

/** Appended in one write; what is in memory at once. Characters of the lines. */
const PART_LENGTH = 4 * 1024 * 1024;

/**
 * Appends rows as NDJSON to a file under the tenant's files folder, some megabytes of whole lines in one write, and is done
 * once the data is on disk (fdatasync). The end of the file is noted before each part; a run that begins again after a crash
 * looks after it for its own lines, so it never appends them twice, and completes a line that the crash cut. Several runs may
 * append to one file at once; the lines of a large list may then have those of another run between its parts.
 * @throws ConnectorError ERR_INPUT_INVALID for a path that leads out of the folder, ERR_QUOTA_EXCEEDED, ERR_INTERNAL when the disk refuses
 */
export async function advanceFile(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const { path } = call.input as FileInput;
  const target = await resolveTarget(io.builtin.filesFolder, path);
  const noted = state.own as FileState | undefined;
  if (noted === undefined) {
    const next: ActionState = { ...state, own: { from: await sizeOf(target) } satisfies FileState };
    delete next.sent;
    await beforeLaunch(action, call, state, io);
    if (isLaunch(call)) await io.launched(next);
    return { kind: 'next', state: next };
  }
  const file = await openForAppend(target, path);
  try {
    const rows = await appendAll({ call, state, io }, file, noted);
    return { kind: 'done', output: { path, rows, bytes: (await file.stat()).size } };
  } catch (cause) {
    throw toFileFailure(cause, path);
  } finally {
    await file.close();
  }
}

/** Appends the part that is noted and those after it; how many rows there are. */
async function appendAll(
  { call, state, io }: { call: ActionCall; state: ActionState; io: Io },
  file: FileHandle,
  noted: FileState,
): Promise<number> {
  let place = noted.place ?? FIRST_ROW;
  let isNoted = true;
  const by = {
    write: (row: unknown) => `${stringifyAtEdge(row)}\n`,
    maxRows: Number.POSITIVE_INFINITY,
    maxLength: PART_LENGTH,
  };
  for await (const part of groupRows(rowsOf(call), place, by)) {
    if (!isNoted) {
      io.signal.throwIfAborted();
      await io.launched({ ...state, own: { from: (await file.stat()).size, place } satisfies FileState });
    }
    const lines = Buffer.from(part.texts.join(''));
    // Only after a crash: otherwise equal lines of another run, appended since, would be taken for ours.
    const missing = isNoted && state.sent === true ? await missingPart(file, noted.from, lines) : lines;
    await io.builtin.takeFileBytes(missing.length);
    await append(file, missing);
    await file.datasync();
    place = part.next;
    isNoted = false;
  }
  return place.row;
}

/** What of the lines is not in the file yet, in what was appended since `from`: all, none, or the rest of a torn write. */
async function missingPart(file: FileHandle, from: number, lines: Buffer): Promise<Buffer> {
  const { size } = await file.stat();
  if (size <= from || lines.length === 0) return lines;
  const appended = Buffer.alloc(size - from);
  await file.read(appended, 0, appended.length, from);
  for (let at = appended.indexOf(lines.subarray(0, 1)); at !== -1; at = nextLine(appended, at)) {
    const rest = appended.subarray(at);
    if (
      rest.length >= lines.length
        ? rest.subarray(0, lines.length).equals(lines)
        : lines.subarray(0, rest.length).equals(rest)
    ) {
      return lines.subarray(Math.min(rest.length, lines.length));
    }
  }
  return lines;
}

function nextLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(0x0a, at);
  return end === -1 || end + 1 >= bytes.length ? -1 : end + 1;
}

/** One write in all but extreme cases: the system may take a very large one in parts. */
async function append(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** The folder is made; what is in it may be a link, so the real place is what has to lie inside. */
async function resolveTarget(root: string, path: string): Promise<string> {
  const parts = path.split('/');
  const isPlain =
    path !== '' && !/[\\\0]/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain) throw outside(path);
  const long = parts.find((part) => Buffer.byteLength(part) > MAX_PART_BYTES);
  if (long !== undefined) {
    const given = `"${long.slice(0, SHOWN_LENGTH)}…" has ${Buffer.byteLength(long)}`;
    throw inputError('/path', `must have parts of at most ${MAX_PART_BYTES} bytes each; ${given}`);
  }
  const folder = join(root, dirname(path));
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR' || code === 'EEXIST') throw inputError('/path', 'has a part that is a file, not a folder');
    throw toFileFailure(cause, path);
  }
  const inside = relative(await realpath(root), await realpath(folder));
  if (inside === '..' || inside.startsWith(`..${sep}`)) throw outside(path);
  return join(await realpath(folder), basename(path));
}

async function openForAppend(target: string, path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
  try {
    return await open(target, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ELOOP') throw outside(path);
    if (code === 'EISDIR') throw inputError('/path', 'is a folder');
    throw toFileFailure(cause, path);
  }
}

async function sizeOf(target: string): Promise<number> {
  try {
    return (await stat(target)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

const WORDS: { [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is exhausted',
  EACCES: 'the folder is not writable',
  EROFS: 'the disk is read-only',
};

function toFileFailure(cause: unknown, path: string): unknown {
  const words = WORDS[(cause as NodeJS.ErrnoException).code ?? ''];
  if (words === undefined) return cause;
  return new ConnectorError('ERR_INTERNAL', `"${path}" could not be written: ${words}`, { cause });
}

function outside(path: string): ConnectorError {
  return inputError('/path', `must be a relative path that stays in the files folder; "${path}" was given`);
}
