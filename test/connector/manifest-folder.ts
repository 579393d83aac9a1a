import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import { loadManifests } from '../../connector/load-manifests.ts';

const SCHEMAS = fileURLToPath(new URL('../../manifests/schema/', import.meta.url));

/** A temporary folder of manifests: path -> content, as JSON unless it is text. Removed when the test ends. */
export async function manifestFolder(files: { [path: string]: unknown }): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'penstock-manifests-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await cp(SCHEMAS, join(root, 'schema'), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

/** What is wrong in a folder of these files, as `pointer: message`. */
export async function manifestErrors(files: { [path: string]: unknown }): Promise<string[]> {
  const error = await loadManifests(await manifestFolder(files), { checks: 'all' }).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConnectorError)) return [];
  expect(error.code).toBe('ERR_MANIFEST_INVALID');
  return error.errors!.map(({ pointer, message }) => `${pointer}: ${message}`);
}
