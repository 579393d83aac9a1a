import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs the check over files in a folder of their own; gives its exit code and what it says. */
async function check(files: Record<string, string>): Promise<{ code: number; text: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'imports-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries({ 'package.json': '{ "dependencies": { "got": "1" } }', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'scripts/imports/check.ts'), folder], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
    });
  });
}

test('the check of imports finds each that may not be', async () => {
  const { code, text } = await check({
    // A circle of types alone.
    'engine/runs/a.ts': "import type { B } from './b.ts';\nexport type A = B;",
    'engine/runs/b.ts': "import type { A } from './a.ts';\nexport type B = A;",
    // A type of a higher floor.
    'engine/runs/c.ts': "import type { D } from '../workflows/d.ts';\nexport type C = D;",
    'engine/workflows/d.ts': 'export type D = string;',
    'engine/credentials/records/a.ts': "import '../logins/b.ts';",
    'engine/credentials/logins/b.ts': 'export {};',
    // What opens everything, from a floor, from a lower layer, and from a program that stands apart.
    'engine/open.ts': 'export {};',
    'engine/secrets/a.ts': "import '../open.ts';",
    'actions/a.ts': "import '../engine/open.ts';",
    'emulator/a.ts': "import '../engine/open.ts';",
    // A folder without a place among the floors.
    'engine/worker.ts': "import './misc/b.ts';",
    'engine/misc/b.ts': 'export {};',
    // A library outside its home, and one that package.json does not name.
    'engine/polling/a.ts': "import got from 'got';\nexport const b = got;",
    'engine/store/redis.ts': "import { Redis } from 'ioredis';\nexport const b = Redis;",
    // An expression that reaches a module of Node.
    'engine/expressions/a.ts': "import '../../connector/b.ts';",
    'connector/b.ts': "import 'node:fs';",
    'connector/c.ts': "import './gone.ts';",
  });

  expect(findingsOf(text)).toEqual([
    'declared-dependency: engine/store/redis.ts imports ioredis',
    'emulator-apart: emulator/a.ts imports engine/open.ts',
    'engine-roof: engine/secrets/a.ts imports engine/open.ts',
    'expressions-in-a-browser: engine/expressions/a.ts imports fs',
    'floor-runs: engine/runs/c.ts imports engine/workflows/d.ts',
    'found: connector/c.ts imports ./gone.ts',
    'home-of-got: engine/polling/a.ts imports got',
    'inner-floor-records: engine/credentials/records/a.ts imports engine/credentials/logins/b.ts',
    'known-folder: engine/worker.ts imports engine/misc/b.ts',
    'layer-actions: actions/a.ts imports engine/open.ts',
    'no-circle: engine/runs/a.ts imports engine/runs/b.ts, which imports engine/runs/a.ts',
  ]);
  expect(code).toBe(1);
});

test('the check of imports finds nothing wrong with imports down', async () => {
  const { code, text } = await check({
    'engine/workflows/a.ts':
      "import { b } from '../runs/b.ts';\nimport { http } from '../../connector/http.ts';\nexport const a = [b, http];",
    'engine/runs/b.ts': "import type { C } from '../store/c.ts';\nexport const b: C = 1;",
    'engine/store/c.ts': 'export type C = number;',
    'connector/http.ts': "import got from 'got';\nexport const http = got;",
  });

  expect(text).toMatch(/^\d+ imports of \d+ files: 0 that may not be\n$/);
  expect(code).toBe(0);
});

/** What was found, in order; a library by its name. */
function findingsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.includes(' imports ') && !line.includes(' that may not be'))
    .map((line) => line.replace(/ \S*node_modules\/([\w-]+)\S*$/, ' $1'))
    .sort();
}
