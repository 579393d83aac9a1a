import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiWorkspace } from './workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DESCRIPTION = join(ROOT, 'docs/reference/openapi.json');
const GENERATING_MS = 60_000;

const USE = `import { createRun, createWorkflow, listRuns } from './client/index.js';
export async function use() {
  const run = await createRun({
    body: { action: 'core.transform', input: { value: { n: 7 } }, options: { timeout_seconds: 60 } },
    headers: { Prefer: 'wait=20' },
  });
  const workflow = await createWorkflow({
    body: {
      name: 'generated',
      trigger: { id: 'core.manual' },
      steps: [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.n }}' } }],
    },
  });
  const runs = await listRuns({ query: { limit: 1 } });
  const total: number | undefined = runs.data?.items.length;
  return { run: run.data, workflow: workflow.data, total };
}
// @ts-expect-error an action is a text
export const wrong = () => createRun({ body: { action: 7 } });
`;

/** With the client that the tool generates in `client/`. */
const folder = await mkdtemp(join(tmpdir(), 'penstock-client-'));
beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/client/generate.mjs'), DESCRIPTION, join(folder, 'client')]);
}, GENERATING_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  'a client that a public tool generates compiles, and sends the input of a run',
  async () => {
    const api = await openApiWorkspace();
    await writeFile(join(folder, 'use.ts'), USE);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');

    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
    const { client } = await import(join(folder, 'compiled/client/client.gen.js'));
    client.setConfig({ baseUrl: api.origin, auth: await api.keyOf('admin') });
    const used = await (await import(join(folder, 'compiled/use.js'))).use();

    expect(used).toMatchObject({
      run: { status: 'succeeded', input: { value: { n: 7 } }, output: { value: { n: 7 } } },
      workflow: { name: 'generated', version: 1 },
      total: 1,
    });
  },
  GENERATING_MS,
);

test('the client that is checked in is what the tool makes of the description', async () => {
  const [made, checkedIn] = await Promise.all([
    readFolder(join(folder, 'client')),
    readFolder(join(ROOT, 'client/generated')),
  ]);
  expect([...checkedIn.keys()]).toEqual([...made.keys()]);
  expect([...made].filter(([name, text]) => checkedIn.get(name) !== text).map(([name]) => name)).toEqual([]);
});

/** Texts of all files by their path from the folder, sorted. */
async function readFolder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths.sort().map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const),
    ),
  );
}

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    outDir: 'compiled',
    target: 'esnext',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['esnext', 'dom', 'dom.iterable'],
    types: [],
  },
  include: ['.'],
};

test('the description is clean for a public linter', () => {
  const redocly = join(ROOT, 'node_modules/.bin/redocly');
  const out = execFileSync(redocly, ['lint', DESCRIPTION, '--format=json'], {
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });

  expect(JSON.parse(out.slice(out.indexOf('{')))).toMatchObject({ totals: { errors: 0, warnings: 0 }, problems: [] });
});
