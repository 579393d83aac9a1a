import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openDoor } from '../api/door.ts';
import { until } from '../context.ts';
import { freePort } from '../global-setup.ts';
import { runCli } from './cli.ts';

const PENSTOCK = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));
const KEYS = `k1:${Buffer.alloc(32, 3).toString('base64')}`;
const LONG = 60_000;
const START_MS = 30_000;

test.each(['serve', 'api'])(
  'penstock %s serves the API on the Redis of REDIS_URL until SIGTERM, and ends with 0',
  { timeout: LONG },
  async (part) => {
    const port = await freePort();
    const running = start(part, { PORT: String(port) });

    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
    await until('the API is ready', isReady, START_MS);
    running.child.kill('SIGTERM');

    expect(await running.ended).toBe(0);
    expect(running.err()).toContain(`Penstock is at http://127.0.0.1:${port}`);
  },
);

test('penstock worker ends with 0 at SIGTERM', { timeout: LONG }, async () => {
  const running = start('worker', {});

  await until('the worker runs', () => running.err().includes('The worker is running.'), START_MS);
  running.child.kill('SIGTERM');

  expect(await running.ended).toBe(0);
});

test('penstock worker ends at SIGTERM also when Redis hangs', { timeout: LONG }, async () => {
  const door = await openDoor();
  const running = start('worker', { REDIS_URL: `${door.url}/1` });
  await until('the worker runs', () => running.err().includes('The worker is running.'), START_MS);

  door.hold();
  running.child.kill('SIGTERM');

  expect(await running.ended).toBe(0);
});

test.each([
  [{}, 'REDIS_URL is not set'],
  [{ REDIS_URL: 'redis://127.0.0.1:1' }, 'PENSTOCK_ENCRYPTION_KEYS is not set'],
  [{ REDIS_URL: 'redis://127.0.0.1:1', PORT: 'http' }, 'PORT is "http"; set it to a whole number from 0 to 65535'],
])('penstock worker with %j says what is missing, and ends with 1', async (env, said) => {
  const { code, err } = await runCli(['worker'], { env });

  expect(code).toBe(1);
  expect(err).toContain(`error: ${said}`);
});

test('penstock doctor ends with 0 when all is well', async () => {
  const { code, out } = await runCli(['doctor'], {
    env: { REDIS_URL: inject('redisUrl'), PENSTOCK_ENCRYPTION_KEYS: KEYS, PENSTOCK_DATA: tmpdir() },
  });

  expect(out).not.toContain('wrong');
  expect(out).toContain('ok     Redis durability: appendonly yes\n');
  expect(out).toContain(
    'ok     Metrics: accessible without a token; do not expose /metrics publicly, or set PENSTOCK_METRICS_TOKEN',
  );
  expect(code).toBe(0);
});

test('penstock doctor ends with 1 and says what to do about what is wrong', async () => {
  const env = {
    REDIS_URL: inject('redisUrl'),
    PENSTOCK_ENCRYPTION_KEYS: 'k1:c2hvcnQ=',
    HOST: '0.0.0.0',
    PENSTOCK_DATA: tmpdir(),
  };

  const { code, out } = await runCli(['doctor'], { env });

  expect(code).toBe(1);
  expect(out).toMatch(/^wrong {2}Encryption keys: .*\n {9}Use id:base64 of 32 bytes/m);
  expect(out).toMatch(/^wrong {2}Address: /m);
  expect(out).not.toContain('c2hvcnQ=');
});

test.each([
  [{ PENSTOCK_API_KEY: 'abc' }, /^wrong {2}First API key: .*3 characters\n {9}Use at least/m],
  [{ PENSTOCK_PUBLIC_URL: 'foo' }, /^wrong {2}Public URL: .*\n {9}Use a URL with scheme/m],
  [{ PENSTOCK_PUBLIC_URL: 'penstock.example.com:8443' }, /^wrong {2}Public URL: /m],
  [{ PENSTOCK_ARTIFACTS: '/var/lib' }, /^wrong {2}Artifacts: .*\/var\/lib/m],
  [{ PENSTOCK_CONCURRENCY: 'many' }, /^wrong {2}Configuration: PENSTOCK_CONCURRENCY is "many"/m],
])('penstock doctor with %j says what is wrong with it', async (wrong, said) => {
  const env = { REDIS_URL: inject('redisUrl'), PENSTOCK_ENCRYPTION_KEYS: KEYS, PENSTOCK_DATA: tmpdir(), ...wrong };

  const { code, out } = await runCli(['doctor'], { env });

  expect(code).toBe(1);
  expect(out).toMatch(said);
});

test('penstock doctor names every variable that cannot be read, and looks at the rest all the same', async () => {
  const env = {
    REDIS_URL: inject('redisUrl'),
    PENSTOCK_ENCRYPTION_KEYS: KEYS,
    PENSTOCK_DATA: tmpdir(),
    PENSTOCK_CONCURRENCY: 'many',
    PENSTOCK_RETENTION_DAYS: '0',
    PENSTOCK_TRUSTED_PROXIES: '10.0.0.0/8,10.0.0.0/99,here',
    LOG_LEVEL: 'loud',
    HTTPS_PROXY: 'ftp://u:hidden-pw@proxy',
    PORT: '1e9',
  };

  const { code, out } = await runCli(['doctor'], { env });

  const wrong = out.split('\n').filter((line) => line.startsWith('wrong'));
  for (const said of [
    'PENSTOCK_CONCURRENCY',
    'PENSTOCK_RETENTION_DAYS',
    '10.0.0.0/99',
    '"here"',
    'LOG_LEVEL',
    'HTTPS_PROXY',
    'PORT is',
  ])
    expect(wrong.filter((line) => line.includes(said))).toHaveLength(1);
  expect(out).toContain('ok     Encryption keys');
  expect(out).toContain('ok     Redis durability');
  expect(out).not.toContain('hidden-pw');
  expect(code).toBe(1);
});

test('penstock worker names every variable that cannot be read', async () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:1', PORT: 'http', LOG_LEVEL: 'loud' };

  const { code, err } = await runCli(['worker'], { env });

  expect(code).toBe(1);
  expect(err).toContain('PORT is "http"');
  expect(err).toContain('LOG_LEVEL is "loud"');
});

test.each([
  ['PENSTOCK_ALLOWED_HOST', 'Did you mean PENSTOCK_ALLOWED_HOSTS?'],
  ['PENSTOCK_ENCRYPTION_KEY', 'Did you mean PENSTOCK_ENCRYPTION_KEYS?'],
  ['PENSTOCK_PUBLICURL', 'Did you mean PENSTOCK_PUBLIC_URL?'],
  ['penstock_port', 'Did you mean PENSTOCK_PORT?'],
  ['PENSTOCK_SOMETHING_ELSE', 'Remove it. Known variables: PENSTOCK_ALLOWED_HOSTS'],
])('penstock doctor reports that nothing reads %s', async (name, said) => {
  const env = {
    REDIS_URL: inject('redisUrl'),
    PENSTOCK_ENCRYPTION_KEYS: KEYS,
    PENSTOCK_DATA: tmpdir(),
    [name]: 'secret-1',
  };

  const { code, out } = await runCli(['doctor'], { env });

  expect(code).toBe(1);
  expect(out).toContain(`wrong  Variable: ${name} is not a known variable`);
  expect(out).toContain(said);
  expect(out).not.toContain('secret-1');
});

test('penstock doctor says that a store is empty, and how to get a first key', async () => {
  const env = { REDIS_URL: `${inject('redisUrl')}/9`, PENSTOCK_ENCRYPTION_KEYS: KEYS, PENSTOCK_DATA: tmpdir() };

  const { code, out } = await runCli(['doctor', '--json'], { env });

  expect(code).toBe(0);
  const store = (JSON.parse(out) as { subject: string; found: string }[]).find(({ subject }) => subject === 'Store');
  expect(store!.found).toMatch(/is empty.*PENSTOCK_API_KEY/);
});

function start(part: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [PENSTOCK, part], {
    env: {
      // A database of its own: what is sealed in the other ones is sealed with other keys.
      PATH: process.env.PATH,
      REDIS_URL: `${inject('redisUrl')}/1`,
      PENSTOCK_ENCRYPTION_KEYS: KEYS,
      LOG_LEVEL: 'silent',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk) => (err += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, err: () => err };
}
