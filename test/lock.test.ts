import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface LockedPackage {
  version?: string;
  integrity?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}

test('the lock file names the packages of every platform, so that npm ci works on all of them', () => {
  const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };

  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined && packages[`${place}/node_modules/${name}`] === undefined,
    ),
  );

  expect(missing).toEqual([]);
});

/** Listed manually for platforms that npm left out; npm takes their hashes from the registry that it installs from. */
const WITHOUT_HASH = /^node_modules\/@(biomejs\/cli-|duckdb\/node-bindings-|msgpackr-extract\/msgpackr-extract-)/;

test('every entry of the lock file has a hash, but for programs of other platforms that were listed manually', () => {
  const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };

  const without = Object.entries(packages)
    .filter(
      ([place, { integrity, link }]) => place.includes('node_modules/') && link !== true && integrity === undefined,
    )
    .map(([place]) => place);

  expect(without.filter((place) => !WITHOUT_HASH.test(place))).toEqual([]);
});
