import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VARIABLES } from '../../../engine/operations/variables.ts';

test('every variable that the code, the container or the documentation names is known to the doctor', () => {
  const files = globSync([
    '{api,actions,cli,connector,engine}/**/*.{ts,mjs}',
    'docs/guides/*.md',
    'docker-compose.yml',
    'Dockerfile',
  ]);
  const named = new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/\bPENSTOCK_[A-Z_]+[A-Z]\b/g) ?? []));

  expect([...named].sort()).toEqual([...VARIABLES].sort());
});
