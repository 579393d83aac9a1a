import { unzipSync, zipSync } from 'fflate';
import { invalid } from '../errors.ts';

/** One entry of an archive. */
export interface ZipEntry {
  name: string;
  bytes: Buffer;
}

/** Entries of an archive may hold so many bytes together: content of an import is at most 10 MB, but deflate packs up to 1000 to 1. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024;
/** The earliest time that the format knows; equal content gives equal archives. */
const TIME = new Date(1980, 0, 1);

/** Writes an archive, in which directories are exported (SOURCE) and archives of notebooks (DBC). */
export function writeZip(entries: ZipEntry[]): Buffer {
  return Buffer.from(zipSync(Object.fromEntries(entries.map(({ name, bytes }) => [name, bytes])), { mtime: TIME }));
}

/** Reads the files of an archive. @throws ApiError INVALID_PARAMETER_VALUE for what is no archive, or one that unpacks to more than 32 MB. */
export function readZip(bytes: Buffer): ZipEntry[] {
  let unpacked = 0;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        unpacked += originalSize;
        if (unpacked > MAX_UNPACKED_BYTES) throw new RangeError(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
        return !name.endsWith('/');
      },
    });
    return Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) }));
  } catch (error) {
    throw invalid(`The content is not a DBC archive: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
