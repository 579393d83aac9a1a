import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const LUA = 'engine/store/lua';

const scripts = readdirSync(LUA).filter((file) => file.endsWith('.lua'));
const parts = readdirSync(join(LUA, 'parts')).map((file) => `parts/${file}`);
const engine = readdirSync('engine', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file: `engine/${file}`, text: readFileSync(join('engine', file), 'utf8') }));

function bodyOf(file: string): string {
  return readFileSync(join(LUA, file), 'utf8').replaceAll(/^\s*--.*$/gm, '');
}

test.each([...scripts, ...parts])('%s makes no key: each is handed in', (file) => {
  const keys = [...bodyOf(file).matchAll(/redis\.call\((?:[^(),]|'[^']*')+,\s*([^,)]+)/g)].map(([, key]) =>
    key!.trim(),
  );

  expect(bodyOf(file)).not.toMatch(/prefix/);
  // A subject of a key ends in a colon.
  expect(bodyOf(file)).not.toMatch(/'[^']*\w:[^']*'/);
  for (const key of keys) expect(key).toMatch(/^(?:KEYS\[[^\]]+\]+|[a-z_]+|its\.[a-z_]+)$/);
});

test.each(scripts)('%s says which race it closes', (file) => {
  const [first, second, third] = readFileSync(join(LUA, file), 'utf8').split('\n');

  expect(first).toMatch(/^-- keys: (?:\d+|any)$/);
  expect(second!.startsWith('-- use: ') ? third : second).toMatch(/^-- race: /);
});

test.each(scripts)('%s is called by one function', (file) => {
  const name = file.replace('.lua', '');
  const calls = engine.flatMap(({ file: at, text }) =>
    [...text.matchAll(new RegExp(`(?:callScript|callScriptOverKeys|queueScript)\\([^']*'${name}'`, 'g'))].map(() => at),
  );

  expect(calls).toHaveLength(1);
});
