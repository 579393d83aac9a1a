import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|parquet|arrow|zip|gz)$/;

const FORBIDDEN: [string, RegExp][] = [
  ['a path of the machine it was written on', /(?<![\w.:/@~-])\/(home|root|work)\/[\w.]/],
  ['the folder of this checkout', new RegExp(`${quoted(ROOT)}`)],
  ['the home folder of the person who runs the tests', new RegExp(`(?<![\\w.-])${quoted(homedir())}/`)],
  ['the host of a package registry', /\bregistry\.[\w-]+\.\w/],
];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && !BINARY.test(file));

describe('no file of the project names', () => {
  test.each(FORBIDDEN)('%s', (_title, pattern) => {
    const wrong = files.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
    );

    expect(wrong).toEqual([]);
  });
});

test('the lock file leaves it to npm where packages come from', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string; link?: boolean }>;
  };

  // A workspace of ours is a link to its folder.
  const fromElsewhere = Object.keys(packages).filter((name) => {
    const { resolved, link } = packages[name]!;
    return resolved !== undefined && link !== true;
  });
  expect(fromElsewhere).toEqual([]);
});

function read(file: string): string {
  try {
    return readFileSync(join(ROOT, file), 'utf8');
  } catch {
    // Deleted in the working copy and not yet in git.
    return '';
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
