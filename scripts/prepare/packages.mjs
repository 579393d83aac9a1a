import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, Unprepared } from './process.mjs';

/**
 * True when node_modules holds what package-lock.json asks for. npm writes node_modules/.package-lock.json as the last
 * step of an installation, so one that was interrupted counts as missing. Optional packages may be left out: most are
 * for other platforms.
 */
export function packagesAreCurrent(folder) {
  const wanted = readLock(join(folder, 'package-lock.json'));
  const installed = readLock(join(folder, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  if (!existsSync(join(folder, 'node_modules', '.bin', 'node'))) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || link) return true;
    const present = installed[path];
    return present === undefined ? optional === true : present.version === version;
  });
}

/**
 * Runs `npm ci` with the npm that runs this script. Packages for development are always included: Node 24 is one of them.
 * @throws Unprepared
 */
export async function installPackages(folder) {
  const started = Date.now();
  console.log('Installing the packages of package-lock.json (about 450 MB on disk, once) …');
  const { npm_execpath: npm, npm_node_execpath: node = process.execPath } = process.env;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-engine-strict', '--loglevel=error'];
  const code = npm === undefined ? await run('npm', args) : await run(node, [npm, ...args]);
  if (code !== 0) {
    throw new Unprepared(
      '`npm ci` failed; its own message is above. Fix that (network, registry, disk space, permissions) and start again.',
    );
  }
  if (!existsSync(join(folder, 'node_modules', '.bin', 'node'))) {
    throw new Unprepared(
      'The package `node` came without its program, because installation scripts are switched off on this machine. ' +
        'Run `npm rebuild node --ignore-scripts=false`, or use Node 24 or later.',
    );
  }
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    // Missing or cut short: either way the packages are to be installed.
    return undefined;
  }
}
