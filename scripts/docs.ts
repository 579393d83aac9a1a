/** `npm run docs [-- --check]`: writes the generated reference pages and the client, or fails when those that are checked in are stale. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiFile } from '../api/openapi/openapi-file.ts';
import { loadManifests } from '../connector/load-manifests.ts';
import { SERVICES } from '../services/registry.ts';
import { referencePages } from './docs/pages.ts';

const FOLDER = new URL('../docs/reference/actions/', import.meta.url);
const OPENAPI = new URL('../docs/reference/openapi.json', import.meta.url);
const CLIENT = new URL('../client/generated/', import.meta.url);
const GENERATE_CLIENT = fileURLToPath(new URL('client/generate.mjs', import.meta.url));
const isCheck = process.argv.includes('--check');

const manifests = await loadManifests(new URL('../manifests/', import.meta.url), { services: SERVICES });
const pages = referencePages(manifests);
await mkdir(FOLDER, { recursive: true });
const stale: string[] = [];
for (const [name, text] of pages) await bringUpToDate(name, new URL(name, FOLDER), text);
await bringUpToDate('openapi.json', OPENAPI, openApiFile(manifests));
await bringClientUpToDate();
for (const name of await readdir(FOLDER)) {
  if (pages.has(name)) continue;
  stale.push(name);
  if (!isCheck) await rm(new URL(name, FOLDER));
}

if (isCheck && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run \`npm run docs\``);
  process.exitCode = 1;
} else {
  console.log(`${pages.size} pages, ${isCheck ? 'none stale' : `${stale.length} written`}`);
}

async function bringUpToDate(name: string, file: URL, text: string): Promise<void> {
  const old = await readFile(file, 'utf8').catch(() => undefined); // a page that is not there yet
  if (old === text) return;
  stale.push(name);
  if (!isCheck) await writeFile(file, text);
}

/** The client of the description as it is now; each file is compared by itself. */
async function bringClientUpToDate(): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), 'penstock-client-'));
  try {
    const description = join(made, 'openapi.json');
    await writeFile(description, openApiFile(manifests));
    execFileSync(process.execPath, [GENERATE_CLIENT, description, join(made, 'generated')]);
    const files = await filesOf(join(made, 'generated'));
    for (const file of files) {
      const to = new URL(file, CLIENT);
      await mkdir(new URL('.', to), { recursive: true });
      await bringUpToDate(`client/generated/${file}`, to, await readFile(join(made, 'generated', file), 'utf8'));
    }
    for (const file of await filesOf(fileURLToPath(CLIENT))) {
      if (files.includes(file)) continue;
      stale.push(`client/generated/${file}`);
      if (!isCheck) await rm(new URL(file, CLIENT));
    }
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** Paths from the folder, with slashes. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/').replace(/^\//, ''))
    .sort();
}
