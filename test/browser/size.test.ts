import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../../web/dist/', import.meta.url));
const FIRST_PAGE_BYTES = 220_000;
const BUILDER_BYTES = 250_000;

interface Chunk {
  file: string;
  imports?: string[];
}

/** Files that these parts need, with what they import at once. */
function filesOf(...parts: string[]): Set<string> {
  const manifest = JSON.parse(readFileSync(`${DIST}manifest.json`, 'utf8')) as Record<string, Chunk>;
  const needed = new Set<string>();
  const add = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const imported of manifest[name]!.imports ?? []) add(imported);
  };
  for (const name of ['index.html', ...parts]) add(name);
  return new Set([...needed].map((name) => manifest[name]!.file));
}

function bytesOf(files: Iterable<string>): number {
  const sizes = [...files].map((file) => gzipSync(readFileSync(DIST + file), { level: 9 }).length);
  return sizes.reduce((sum, each) => sum + each, 0);
}

test.each(['src/pages/home/home.tsx', 'src/pages/runs/list.tsx', 'src/pages/sign-in/sign-in.tsx'])(
  'the first page loads at most 220 kB of JavaScript when it is %s',
  (page) => {
    expect(bytesOf(filesOf(page))).toBeLessThan(FIRST_PAGE_BYTES);
  },
);

test('the builder loads at most 250 kB more, and its editors only when one is opened', () => {
  const first = filesOf('src/pages/home/home.tsx');
  const builder = filesOf('src/pages/builder/builder.tsx', 'src/pages/builder/drawing.tsx');
  const editor = filesOf('src/pages/builder/json-editor.tsx');

  const more = bytesOf(builder.difference(first));

  expect(more).toBeLessThan(BUILDER_BYTES);
  expect(builder.isSupersetOf(editor)).toBe(false);
});

test.each(['expression-editor', 'sql-editor', 'json-editor'])(
  '%s is loaded when one is shown, and is at most 130 kB',
  (name) => {
    const builder = filesOf('src/pages/builder/builder.tsx', 'src/pages/builder/drawing.tsx');
    const editor = filesOf(`src/pages/builder/${name}.tsx`).difference(builder);

    expect(editor.size).toBeGreaterThan(0);
    expect(bytesOf(editor)).toBeLessThan(130_000);
  },
);
