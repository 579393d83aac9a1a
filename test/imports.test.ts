import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Each may import those before it, and itself. */
const LAYERS = ['connector', 'actions', 'triggers', 'engine', 'api', 'cli'];
/** These speak HTTP with the rest and import nothing of it, nor the rest of them. */
const APART = ['emulator', 'web', 'bench'];

/** Where a library may be imported: one place each, so that it can be replaced there. bench/ compares libraries bare. */
const HOMES: Record<string, RegExp> = {
  got: /^connector\/http\.ts$/,
  ajv: /^connector\/schema\.ts$/,
  'ajv-formats': /^connector\/schema\.ts$/,
  ioredis: /^engine\/store\/redis(-client)?\.ts$/,
  bullmq: /^engine\/(queue\/queues|worker)\.ts$/,
  'bullmq-otel': /^engine\/queue\/queues\.ts$/,
  '@bull-board/api': /^api\/bull-board\.ts$/,
  '@bull-board/fastify': /^api\/bull-board\.ts$/,
  pino: /^engine\/process\/log\.ts$/,
  oauth4webapi: /^engine\/credentials\/oauth\//,
  croner: /^engine\/queue\/cron\.ts$/,
  jsonata: /^engine\/expressions\/parse\.ts$/,
  fastify: /^api\//,
  'prom-client': /^api\/metrics\.ts$/,
  '@duckdb/node-api': /^emulator\//,
  'apache-arrow': /^(emulator\/|engine\/artifacts\/arrow-rows\.ts$)/,
  commander: /^cli\//,
  'lru-cache': /^(engine\/process\/bounded-cache|engine\/secrets\/scrub|emulator\/sql\/compile\/statement-cache)\.ts$/,
  fflate: /^emulator\/workspace-objects\/zip\.ts$/,
  'scim2-parse-filter': /^emulator\/scim\/filter\.ts$/,
};

const STATIC_IMPORT = /^(?:import|export)\s+(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*'([^']+)'/g;

interface Import {
  file: string;
  /** A path from the root of the project for our own files, else as written. */
  of: string;
  isOwn: boolean;
  /** Types are not there at run time. */
  isType: boolean;
}

const imports = [...LAYERS, ...APART].flatMap((folder) =>
  globSync(`${folder}/**/*.{ts,tsx,mjs,js}`, { cwd: ROOT }).flatMap(importsOf),
);

test('a layer imports only itself and the layers before it', () => {
  const wrong = imports.filter(({ file, of, isOwn }) => {
    const [from, to] = [folderOf(file), folderOf(of)];
    if (!isOwn || from === to || APART.includes(from)) return false;
    if (of === 'package.json') return false;
    return !LAYERS.includes(to) || LAYERS.indexOf(to) > LAYERS.indexOf(from);
  });

  expect(wrong.map(show)).toEqual([]);
});

test('the emulator, the browser app and the benchmarks import nothing of the rest', () => {
  const wrong = imports.filter(
    ({ file, of, isOwn }) => isOwn && APART.includes(folderOf(file)) && folderOf(of) !== folderOf(file),
  );

  expect(wrong.map(show)).toEqual([]);
});

test('expressions need nothing of Node, so that a browser can evaluate them', () => {
  const reached = new Set(imports.map(({ file }) => file).filter((file) => file.startsWith('engine/expressions/')));
  for (const file of reached) {
    for (const { of, isOwn, isType } of importsOf(file)) if (isOwn && !isType) reached.add(of);
  }
  const wrong = [...reached]
    .flatMap(importsOf)
    .filter(({ of, isOwn, isType }) => !isOwn && !isType && of !== 'jsonata');

  expect(reached.size).toBeGreaterThan(0);
  expect(wrong.map(show)).toEqual([]);
});

test.each(Object.entries(HOMES))('%s is imported only in its one home', (library, home) => {
  const uses = imports.filter(
    ({ of, isOwn, file }) => !isOwn && (of === library || of.startsWith(`${library}/`)) && folderOf(file) !== 'bench',
  );

  expect(uses.filter(({ file }) => !home.test(file)).map(show)).toEqual([]);
  expect(uses, `nothing imports ${library}: take it out of package.json and of this list`).not.toEqual([]);
});

test('every package that is imported is a dependency of the package that imports it', () => {
  const wrong = imports.filter(({ file, of, isOwn }) => {
    const folder = folderOf(file) === 'emulator' ? 'emulator' : '.';
    return !isOwn && !of.startsWith('node:') && !dependenciesOf(folder).includes(packageOf(of));
  });

  expect(wrong.map(show)).toEqual([]);
});

function dependenciesOf(folder: string): string[] {
  const { dependencies, devDependencies = {} } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [STATIC_IMPORT, DYNAMIC_IMPORT].flatMap((pattern) => [...text.matchAll(pattern)]);
  return found.map(([whole, target]) => {
    const isOwn = target!.startsWith('.');
    return {
      file,
      of: isOwn ? relative(ROOT, join(ROOT, dirname(file), target!)) : target!,
      isOwn,
      isType: whole.startsWith('import type'),
    };
  });
}

function folderOf(path: string): string {
  return path.split('/')[0]!;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function show({ file, of }: Import): string {
  return `${file} imports ${of}`;
}
