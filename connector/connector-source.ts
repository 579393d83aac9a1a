import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ValidationError } from './errors.ts';
import type { Json } from './manifest.ts';
import { SCHEMAS } from './shared-schemas.ts';

/** The files of one connector, wherever they come from; nothing of them is checked. */
export interface ConnectorSource {
  /** Name of its folder, which is to be its id. */
  id: string;
  /** What was read as JSON, by the path in the folder: `connector.json`, `actions/NAME.json`, `triggers/NAME.json`, `schemas/NAME.json`. */
  files: ReadonlyMap<string, Json>;
  /** Texts of the SVG files by their names. */
  icons: ReadonlyMap<string, string>;
}

/** The folder of the meta-schemas, beside the connectors that are shipped. */
export const META_SCHEMAS = 'schema';

const PARTS = ['actions', 'triggers', SCHEMAS];

/**
 * The connectors of a folder, one in each folder in it. Errors of files have the pointer `CONNECTOR/path#`.
 * @throws Error of the file system for a folder that cannot be read
 */
export async function readSources(root: string, validationErrors: ValidationError[]): Promise<ConnectorSource[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const visible = entries.filter(({ name }) => name !== META_SCHEMAS && !name.startsWith('.'));
  const connectors: string[] = [];
  for (const entry of visible) {
    // A link to a folder is one: it must not be missing without a word.
    const isFolder =
      entry.isDirectory() || (entry.isSymbolicLink() && (await stat(join(root, entry.name))).isDirectory());
    if (isFolder) connectors.push(entry.name);
  }
  connectors.sort();
  return Promise.all(connectors.map((id) => readSource(root, id, validationErrors)));
}

/** As `readSources`; the folder may also be that of one connector, with its connector.json. `root` is the folder around it then. */
export async function readOwnSources(
  folder: string,
  validationErrors: ValidationError[],
): Promise<{ root: string; sources: ConnectorSource[] }> {
  const names = await readdir(folder);
  if (!names.includes('connector.json')) return { root: folder, sources: await readSources(folder, validationErrors) };
  const root = dirname(folder);
  return { root, sources: [await readSource(root, basename(folder), validationErrors)] };
}

/** The files of one connector: those of the folder `id` in `root`. */
async function readSource(root: string, id: string, validationErrors: ValidationError[]): Promise<ConnectorSource> {
  const folder = join(root, id);
  const files = new Map<string, Json>();
  const icons = new Map<string, string>();
  const inFolder = await readdir(folder);
  const paths = ['connector.json'];
  for (const part of PARTS) paths.push(...(await jsonFilesIn(folder, part)));
  const texts = paths.map((path) => readText(join(folder, path)));
  for (const [index, path] of paths.entries()) {
    const text = texts[index]!;
    const pointer = `${id}/${path}#`;
    if (text instanceof Error) {
      const isMissing = (text as NodeJS.ErrnoException).code === 'ENOENT';
      const message = isMissing ? 'is missing; write it' : `cannot be read: ${text.message}`;
      validationErrors.push({ pointer, message });
      continue;
    }
    try {
      files.set(path, JSON.parse(text) as Json);
    } catch (cause) {
      validationErrors.push({ pointer, message: `cannot be read as JSON: ${(cause as Error).message}` });
    }
  }
  for (const name of inFolder.filter((each) => each.endsWith('.svg'))) {
    const text = readText(join(folder, name));
    if (!(text instanceof Error)) icons.set(name, text);
  }
  return { id, files, icons };
}

/**
 * The text, or why it cannot be read: each file has an error of its own. Read at once: the promises of thousands of small files take
 * ten times the processor time.
 */
function readText(path: string): string | Error {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return error as Error;
  }
}

async function jsonFilesIn(folder: string, part: string): Promise<string[]> {
  const names = await readdir(join(folder, part)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []; // a connector need not have all parts
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => `${part}/${name}`);
}
