import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const ENGINE = ['manifests', 'connector', 'actions', 'triggers', 'engine', 'api', 'cli'];

test('the images run the Node that package.json names', () => {
  const { devDependencies } = JSON.parse(read('package.json'));

  expect(read('Dockerfile')).toContain(`ARG NODE_VERSION=${devDependencies.node}\n`);
});

test('the engine image holds every folder that the engine imports, and neither emulator nor DuckDB', () => {
  const engine = read('Dockerfile').split(' AS engine\n')[1]!;

  for (const folder of ENGINE) expect(engine).toContain(`\nCOPY ${folder} ${folder}\n`);
  expect(engine).not.toContain('emulator');
  expect(read('Dockerfile')).toContain('rm -rf node_modules/@duckdb node_modules/vega-datasets\n');
});

test('what the images copy is let into the build', () => {
  const allowed = read('.dockerignore').split('\n');
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
    sources!.split(' '),
  );

  expect(copied.filter((source) => !allowed.includes(`!${source}`))).toEqual([]);
});

test('both images run as a user without rights', () => {
  const images = read('Dockerfile')
    .split(/^FROM /m)
    .filter((stage) => /^(ENTRYPOINT|CMD) /m.test(stage));

  expect(images).toHaveLength(2);
  for (const image of images) expect(image).toMatch(/^USER node$/m);
});
