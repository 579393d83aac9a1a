/**
 * `npx node scripts/connector-from-openapi.ts SPEC OVERLAY [FOLDER] [--since OLDER_SPEC]`: makes manifests of the operations that an
 * overlay names. Writes them into FOLDER when nothing is missing; with `--since` it only reports what a newer description changes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readMetaSchemas } from '../connector/meta-schemas.ts';
import { checkGenerated } from './openapi/check-generated.ts';
import { readDescription, UnusableDescription } from './openapi/description.ts';
import { driftOf } from './openapi/drift.ts';
import { generate, readOverlay } from './openapi/overlay.ts';

const META_SCHEMAS = fileURLToPath(new URL('../manifests/schema', import.meta.url));
const USAGE = 'usage: npx node scripts/connector-from-openapi.ts SPEC OVERLAY [FOLDER] [--since OLDER_SPEC]';

/** Does what the command line says. @returns the exit code */
export async function main(argv: readonly string[], print: (line: string) => void = console.log): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { since: { type: 'string' } },
  });
  const [spec, overlayFile, folder] = positionals;
  if (spec === undefined || overlayFile === undefined) {
    print(USAGE);
    return 2;
  }
  try {
    const description = await within(spec, (text) => readDescription(text));
    const overlay = await within(overlayFile, (text) => readOverlay(text));
    if (values.since !== undefined) {
      const drift = driftOf(await within(values.since, (text) => readDescription(text)), description, overlay);
      for (const part of ['added', 'gone', 'changed'] as const) {
        print(`${part}: ${drift[part].length}`);
        for (const line of drift[part]) print(`  ${line}`);
      }
      return drift.gone.length + drift.changed.length > 0 ? 1 : 0;
    }
    const { files, missing, notes } = generate(description, overlay);
    for (const line of notes) print(`note: ${line}`);
    for (const line of missing) print(`missing: ${line}`);
    if (missing.length > 0) return 1;
    const errors = checkGenerated(overlay.connector.id, files, await readMetaSchemas(META_SCHEMAS));
    for (const { pointer, message } of errors) print(`error: ${pointer}: ${message}`);
    if (errors.length > 0) return 1;
    if (folder !== undefined) await writeFiles(join(folder, overlay.connector.id), files);
    print(
      `${overlay.connector.id}: ${files.size - 1} actions${folder === undefined ? ', not written without FOLDER' : ''}`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    print(error.message);
    return 1;
  }
}

class UnusableFile extends Error {}

/** What is wrong in a file, with its name. */
async function within<T>(file: string, read: (text: string) => T): Promise<T> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UnusableFile(`${file}: cannot be read: ${error.message}`);
  });
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UnusableDescription) throw new UnusableFile(`${file}${error.message}`);
    throw error;
  }
}

async function writeFiles(root: string, files: ReadonlyMap<string, object>): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${JSON.stringify(content, undefined, 2)}\n`);
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
