import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.mjs';

/** What the build is made of. The client is made of the description of the API. */
const SOURCES = [
  'scripts/prepare/app.mjs',
  'web',
  'client',
  'engine/expressions',
  'examples',
  'package-lock.json',
  'docs/reference/openapi.json',
];
const NOT_SOURCES = new Set(['dist', 'dist.new', 'node_modules']);

/**
 * Builds the browser app into `web/dist` when something that it is made of changed since the last build. A failed
 * build removes an old one, which would not fit the API: the API then shows a page that says so.
 * True when the build is there.
 */
export async function buildApp(folder) {
  if (!existsSync(join(folder, 'web', 'index.html'))) return false;
  const built = join(folder, 'web', 'dist');
  const fresh = join(folder, 'web', 'dist.new');
  const stamp = stampOf(folder);
  if (readText(join(built, 'stamp')) === stamp) return true;

  console.log('Building the browser app (a few seconds, when its sources changed) …');
  const [node, vite] = [join(folder, 'node_modules/.bin/node'), join(folder, 'node_modules/vite/bin/vite.js')];
  const args = [vite, 'build', join(folder, 'web'), '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'];
  // With another value, as under the tests, React's build for development would be taken.
  const code = await run(node, args, { ...process.env, NODE_ENV: 'production' });
  rmSync(built, { recursive: true, force: true });
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    console.error('The browser app could not be built; the reason is above. The API runs without it: /app/ says so.');
    return false;
  }
  writeFileSync(join(fresh, 'stamp'), stamp);
  renameSync(fresh, built);
  return true;
}

function stampOf(folder) {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesOf(join(folder, source))) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => !NOT_SOURCES.has(name))
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
