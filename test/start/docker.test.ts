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
  expect(read('Dockerfile')).toContain('RUN npm ci --workspaces=false ');
  expect(Object.keys(JSON.parse(read('package.json')).dependencies)).not.toContain('@duckdb/node-api');
});

test('what the images copy is let into the build', () => {
  const allowed = read('.dockerignore').split('\n');
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
    sources!.split(' '),
  );

  expect(
    copied.filter((source) => !allowed.includes(`!${source.split('/')[0]}`) && !allowed.includes(`!${source}`)),
  ).toEqual([]);
});

test('both images run as a user without rights', () => {
  const images = read('Dockerfile')
    .split(/^FROM /m)
    .filter((stage) => /^(ENTRYPOINT|CMD) /m.test(stage));

  expect(images).toHaveLength(2);
  for (const image of images) expect(image).toMatch(/^USER node$/m);
});

test('the containers of the Compose file have no rights, a read-only root, limits, and a Redis with a password', () => {
  const compose = read('docker-compose.yml');

  for (const line of [
    'read_only: true',
    'cap_drop: [ALL]',
    'no-new-privileges:true',
    'REDIS_PASSWORD:?',
    'requirepass',
  ])
    expect(compose).toContain(line);
  expect(compose.match(/<<: \*confined/g)).toHaveLength(3);
  expect(compose.match(/pids:/g)).toHaveLength(3);
  expect(read('.gitignore').split('\n')).toContain('.env');
});

test('the Compose file passes every variable of the documentation, and PORT reaches the public URL', () => {
  const table = read('docs/guides/deploy.md').split('## Configuration')[1]!.split('\n## ')[0]!;
  const documented = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, names]) =>
    [...names!.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name!),
  );
  const compose = read('docker-compose.yml');
  // The image sets where it listens and where its data is.
  const ofImage = ['PENSTOCK_HOST', 'PENSTOCK_DATA'];

  expect(documented.length).toBeGreaterThan(10);
  expect(documented.filter((name) => !ofImage.includes(name) && !compose.includes(name))).toEqual([]);
  expect(compose).toContain('http://127.0.0.1:${PENSTOCK_PORT:-${PORT:-3000}}');
});
