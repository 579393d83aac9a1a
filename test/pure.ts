import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** What a test uses that opens a socket, starts a process or a thread: itself, or through a helper in test/. */
const REAL =
  /from 'node:(?:child_process|dgram|http|https|net|tls|worker_threads)'|\/emulator\/server\.ts'|\/engine\/(?:open|worker)\.ts'|\/expression-threads\/|from 's3rver'|\binject\(/;
const IMPORT = /from '(\.[^']+\.ts)'/g;

/** The test files that need no Redis, server, process or thread: plain values in, plain values out. Paths from `root`. */
export function pureTests(root: string): string[] {
  const helpers = resolve(root, 'test');
  const known = new Map<string, boolean>();
  const isPure = (file: string): boolean => {
    const answer = known.get(file);
    if (answer !== undefined) return answer;
    // A circle of helpers is as pure as the rest of it.
    known.set(file, true);
    const text = readFileSync(file, 'utf8');
    const imports = [...text.matchAll(IMPORT)].map(([, path]) => resolve(dirname(file), path!));
    const pure = !REAL.test(text) && imports.every((path) => relative(helpers, path).startsWith('..') || isPure(path));
    known.set(file, pure);
    return pure;
  };
  return globSync('test/**/*.test.ts', { cwd: root }).filter((file) => isPure(resolve(root, file)));
}
