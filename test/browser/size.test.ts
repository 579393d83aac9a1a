import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../../web/dist/', import.meta.url));
const FIRST_PAGE_BYTES = 220_000;

interface Chunk {
  file: string;
  imports?: string[];
}

test.each(['src/pages/home/home.tsx', 'src/pages/runs/list.tsx', 'src/pages/sign-in/sign-in.tsx'])(
  'the first page loads at most 220 kB of JavaScript when it is %s',
  (page) => {
    const manifest = JSON.parse(readFileSync(`${DIST}manifest.json`, 'utf8')) as Record<string, Chunk>;
    const needed = new Set<string>();
    const add = (name: string) => {
      if (needed.has(name)) return;
      needed.add(name);
      for (const imported of manifest[name]!.imports ?? []) add(imported);
    };
    for (const name of ['index.html', page]) add(name);

    const bytes = [...needed].map((name) => gzipSync(readFileSync(DIST + manifest[name]!.file), { level: 9 }).length);

    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(FIRST_PAGE_BYTES);
  },
);
