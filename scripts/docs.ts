/** `npm run docs [-- --check]`: writes the generated reference pages, or fails when those that are checked in are stale. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { openApiFile } from '../api/openapi/openapi-file.ts';
import { loadManifests } from '../connector/load-manifests.ts';
import { SERVICES } from '../services/registry.ts';
import { referencePages } from './docs/pages.ts';

const FOLDER = new URL('../docs/reference/actions/', import.meta.url);
const OPENAPI = new URL('../docs/reference/openapi.json', import.meta.url);
const isCheck = process.argv.includes('--check');

const pages = referencePages(await loadManifests(new URL('../manifests/', import.meta.url), { services: SERVICES }));
await mkdir(FOLDER, { recursive: true });
const stale: string[] = [];
for (const [name, text] of pages) await bringUpToDate(name, new URL(name, FOLDER), text);
await bringUpToDate('openapi.json', OPENAPI, openApiFile());
for (const name of await readdir(FOLDER)) {
  if (pages.has(name)) continue;
  stale.push(name);
  if (!isCheck) await rm(new URL(name, FOLDER));
}

if (isCheck && stale.length > 0) {
  console.error(`stale in docs/reference: ${stale.join(', ')}; run \`npm run docs\``);
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
