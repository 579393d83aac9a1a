import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
/** As `vite build web`, without making it small, which takes longer than all the rest. */
const BUILD = `
  import { build, loadConfigFromFile } from 'vite';
  const { config } = await loadConfigFromFile({ command: 'build', mode: 'production' }, 'web/vite.config.ts');
  const plugins = config.plugins.flat().filter(({ name }) => name !== 'compress');
  await build({ ...config, plugins, build: { ...config.build, minify: false }, configFile: false, root: 'web' });
`;
const ENGINE = ['manifests', 'connector', 'actions', 'services', 'triggers', 'engine', 'api', 'cli'];

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

test('the stage of the browser app copies all that its build needs, and its packages are those of the workspace', async () => {
  const stage = read('Dockerfile').split(' AS app-build\n')[1]!.split('\nFROM ')[0]!;
  const folder = await mkdtemp(join(tmpdir(), 'penstock-app-build-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [, sources] of stage.matchAll(/^COPY (.+) \S+$/gm)) {
    for (const source of sources!.split(' ')) {
      const filter = (path: string) => !path.endsWith('node_modules') && !path.endsWith('dist');
      await cp(join(ROOT, source), join(folder, source), { recursive: true, filter });
    }
  }
  await mkdir(join(folder, 'node_modules'));
  for (const name of packagesOf(['web', 'client'])) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  await symlink(join(folder, 'client'), join(folder, 'node_modules/penstock-client'));

  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', BUILD], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' },
  });

  expect((await readdir(join(folder, 'web/dist'))).sort()).toEqual(['assets', 'index.html', 'manifest.json']);
});

/** Names of the packages that `npm ci --workspace` installs, by the lock file; what a nested one needs stands beside it. */
function packagesOf(workspaces: readonly string[]): Set<string> {
  interface Locked {
    dependencies?: object;
    devDependencies?: object;
    optionalDependencies?: object;
    peerDependencies?: object;
    link?: boolean;
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const found = new Set<string>();
  const add = (of: Locked, isOurs: boolean) => {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = of;
    const needed = {
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
      ...(isOurs ? devDependencies : {}),
    };
    for (const name of Object.keys(needed)) {
      const locked = packages[`node_modules/${name}`];
      if (locked === undefined || locked.link === true || found.has(name)) continue;
      found.add(name);
      add(locked, false);
    }
  };
  for (const workspace of workspaces) add(packages[workspace]!, true);
  return found;
}

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
