import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/prepare.mjs', import.meta.url));
const LOCK = {
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } },
};

let folder: string;
let bin: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-prepare-'));
  bin = join(folder, 'path');
  await mkdir(bin);
  for (const name of ['sh', 'cat', 'mkdir', 'touch', 'chmod']) await symlink(`/bin/${name}`, join(bin, name));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(LOCK));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('packages', () => {
  test('installs nothing when node_modules matches the lock file', async () => {
    await program('redis-server', 'exit 0');
    await installed({ packages: { 'node_modules/a': { version: '1.0.0' } } });

    expect(await prepare('start')).toMatchObject({ code: 0, calls: '' });
  });

  test.each([
    ['a package is missing', { packages: {} }],
    ['a package has another version', { packages: { 'node_modules/a': { version: '1.0.1' } } }],
    [
      'an optional package has another version',
      { packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } } },
    ],
  ])('runs npm ci, with packages for development, when %s', async (_title, hidden) => {
    await program('redis-server', 'exit 0');
    await installed(hidden);

    const { code, calls } = await prepare('start');

    expect(code).toBe(0);
    expect(calls).toMatch(/^npm ci --include=dev /);
  });

  test('says that npm ci failed, and ends with 1', async () => {
    await program('redis-server', 'exit 0');

    const { code, text } = await prepare('start', { NPM_FAILS: '1' });

    expect(code).toBe(1);
    expect(text).toContain('`npm ci` failed');
  });

  test('says how to get Node 24 when installation scripts are switched off', async () => {
    await program('redis-server', 'exit 0');

    const { code, text } = await prepare('start', { NO_SCRIPTS: '1' });

    expect(code).toBe(1);
    expect(text).toContain('npm rebuild node --ignore-scripts=false');
  });
});

describe('redis-server', () => {
  beforeEach(() => installed({ packages: { 'node_modules/a': { version: '1.0.0' } } }));

  test('is installed with apt-get, after an update', async () => {
    await program(
      'apt-get',
      `if [ "$1" = install ]; then touch "${bin}/redis-server"; chmod +x "${bin}/redis-server"; fi`,
    );

    const { code, calls } = await prepare('start');

    expect(code).toBe(0);
    expect(calls.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'apt-get update',
      'apt-get install',
    ]);
  });

  test('is Valkey under the Redis name where dnf has no Redis', async () => {
    await program(
      'dnf',
      `case "$3" in valkey*) touch "${bin}/redis-server"; chmod +x "${bin}/redis-server";; *) exit 1;; esac`,
    );

    const { code, calls } = await prepare('test');

    expect(code).toBe(0);
    expect(calls).toBe('dnf install -y redis\ndnf install -y valkey-compat-redis');
  });

  test('is not looked for when npm start is given another Redis', async () => {
    expect(await prepare('start', { REDIS_URL: 'redis://127.0.0.1:1' })).toMatchObject({ code: 0, calls: '' });
  });

  test('is needed by the tests also when REDIS_URL is set', async () => {
    const { code, text } = await prepare('test', { REDIS_URL: 'redis://127.0.0.1:1' });

    expect(code).toBe(1);
    expect(text).toContain('needs redis-server');
    expect(text).not.toContain('REDIS_URL');
  });

  test('without a package manager, one message says what to install or to set', async () => {
    const { code, text } = await prepare('start');

    expect(code).toBe(1);
    expect(text).toContain('needs redis-server (Redis 6.2 or later). It is not on the PATH');
    expect(text).toContain('REDIS_URL=redis://');
  });

  test('that the package manager cannot bring is named with the command to run manually', async () => {
    await program('apk', 'exit 3');

    const { code, text } = await prepare('start');

    expect(code).toBe(1);
    expect(text).toContain('sudo apk add --no-cache redis');
  });
});

describe('Chromium', () => {
  const asked = { PENSTOCK_BROWSER_TESTS: '1' };
  beforeEach(async () => {
    await installed({ packages: { 'node_modules/a': { version: '1.0.0' } } });
    await program('redis-server', 'exit 0');
    // Nobody asks for a password.
    await program('sudo', 'if [ "$2" != true ]; then shift; "$@"; fi');
  });

  test('is not installed where there is one, and not unless it is asked for', async () => {
    expect(await prepare('test')).toMatchObject({ code: 0, calls: '' });
    await program('chromium', 'exit 0');
    expect(await prepare('test', asked)).toMatchObject({ code: 0, calls: '' });
  });

  test.each([
    ['without windows, where apt has that', 'chromium-headless-shell', ['chromium-headless-shell']],
    ['with windows, where apt has no other', 'chromium', ['chromium-headless-shell', 'chromium']],
  ])('is installed %s', async (_title, had, tried) => {
    const path = `${bin}/${had}`;
    await program(
      'apt-get',
      `case "$*" in *" ${had}") touch "${path}"; chmod +x "${path}";; install*) exit 100;; esac`,
    );

    const { code, calls } = await prepare('test', asked);

    expect(code).toBe(0);
    const installs = calls.split('\n').filter((line) => line.startsWith('apt-get install'));
    expect(installs.map((line) => line.split(' ').at(-1))).toEqual(tried);
  });

  test('that cannot be had is said', async () => {
    const { code, text } = await prepare('test', asked);

    expect(code).toBe(1);
    expect(text).toContain('there is no Chromium. Install it, or set CHROMIUM');
  });
});

/** A stand-in for a program of the machine; what it was called with is kept in `calls`. */
async function program(name: string, body: string): Promise<void> {
  const file = join(bin, name);
  await writeFile(file, `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${body}\n`);
  await chmod(file, 0o755);
}

async function installed(hidden: object): Promise<void> {
  await mkdir(join(folder, 'node_modules', '.bin'), { recursive: true });
  await writeFile(join(folder, 'node_modules', '.bin', 'node'), '');
  await writeFile(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(hidden));
}

async function prepare(
  purpose: string,
  env: Record<string, string> = {},
): Promise<{ code: number; text: string; calls: string }> {
  await program(
    'npm',
    'if [ -n "$NPM_FAILS" ]; then exit 1; fi; if [ -z "$NO_SCRIPTS" ]; then mkdir -p node_modules/.bin; touch node_modules/.bin/node; fi',
  );
  const child = spawn(process.execPath, [SCRIPT, purpose], {
    cwd: folder,
    env: { PATH: bin, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const [code] = (await once(child, 'close')) as [number];
  const calls = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return { code, text, calls: calls.trim() };
}
