import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));
/** Makes the Node of the test say that it is an old one. */
const PRETEND = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-launcher-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'cli'));
  await copyFile(LAUNCHER, join(folder, 'cli', 'penstock.mjs'));
});

test('an old Node hands the command line over to the Node of node_modules, and its exit code comes back', async () => {
  const bin = join(folder, 'node_modules', '.bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'node'), '#!/bin/sh\nshift\necho "handed over: $*"\nexit 7\n');
  await chmod(join(bin, 'node'), 0o755);

  expect(await launch('runs', '--status', 'failed')).toMatchObject({
    code: 7,
    out: 'handed over: runs --status failed\n',
  });
});

test('an old Node alone says what to do', async () => {
  const { code, err } = await launch('runs');

  expect(code).toBe(1);
  expect(err).toMatch(
    /^penstock needs Node 24 or later; this is v[\d.]+\. Run "npm ci" in its folder to install one\.\n$/,
  );
});

function launch(...argv: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const args = ['--import', PRETEND, join(folder, 'cli', 'penstock.mjs'), ...argv];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
  });
}
