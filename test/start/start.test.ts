import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { runCli } from '../cli/cli.ts';
import { until } from '../context.ts';
import { dataFolder, npmStart } from './npm-start.ts';

const LONG = 120_000;

test('runs everything, prints commands that work, and starts again with everything still there', {
  timeout: LONG,
}, async () => {
  const folder = await dataFolder();
  const env = { PENSTOCK_DATA: folder };

  const first = npmStart(folder);
  const banner = await first.ready();
  const shown = await runCli(printedCommand(banner), { env });
  const isDelivered = async () =>
    /^events +1000$/m.test((await runCli(['cursor', 'show', 'new-flights'], { env })).out);
  await until('the example sync has delivered its rows', isDelivered);
  const firstEnd = await first.end('SIGTERM');

  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^origin +flights +delay\nORD +\d+ +[\d.]+\n/) });
  expect(firstEnd).toMatchObject({ code: 0, text: expect.stringContaining('Ended. Everything is kept in') });
  expect(await flightIds(folder)).toEqual(Array.from({ length: 1000 }, (_, i) => 2_999_001 + i));
  for (const file of ['settings.json', 'connection.json', 'penstock.log', 'redis.log']) {
    expect((await stat(join(folder, file))).mode & 0o777, file).toBe(0o600);
  }
  expect((await stat(folder)).mode & 0o777).toBe(0o700);

  const second = npmStart(folder);
  const again = await second.ready();
  const afterwards = await runCli(['runs', 'list', '--action', 'databricks.execute_statement'], { env });
  const cursor = await runCli(['cursor', 'show', 'new-flights'], { env });
  const rerun = await runCli(printedCommand(again), { env });
  await second.end('SIGINT');

  expect(keyOf(again)).toBe(keyOf(banner));
  expect(afterwards.out).toContain('succeeded');
  expect(cursor.out).toMatch(/^events +1000$/m);
  expect(rerun.code).toBe(0);
  expect(await flightIds(folder)).toHaveLength(1000);
});

test('a killed start leaves nothing that keeps the next one from starting', { timeout: LONG }, async () => {
  const folder = await dataFolder();
  const first = npmStart(folder);
  await first.ready();
  await first.end('SIGKILL');

  const second = npmStart(folder);
  await second.ready();
  const { code } = await second.end('SIGTERM');

  expect(code).toBe(0);
});

test('a second start in the same data folder names the first', { timeout: LONG }, async () => {
  const folder = await dataFolder();
  const first = npmStart(folder);
  await until('the first has the folder', () => first.text().includes('Penstock: data folder'));

  const second = npmStart(folder);

  expect(await second.ended).toBe(1);
  expect(second.text()).toContain(
    `another "npm start" (process ${first.child.pid}) already uses the data folder "${folder}"`,
  );
  expect(second.text()).toContain('set PENSTOCK_DATA, PORT and EMULATOR_PORT');
});

test.each(['PORT', 'EMULATOR_PORT'])('a taken %s is named before anything is started', async (variable) => {
  const port = await takenPort();

  const started = npmStart(await dataFolder(), { [variable]: String(port) });

  expect(await started.ended).toBe(1);
  expect(started.text()).toContain(
    `error: port ${port} is taken by another program\n  hint: End that program, or choose another port: ${variable}=${port + 10} npm start\n`,
  );
  expect(started.text()).not.toContain('Redis');
});

test('an end while it is starting ends everything, with 0', { timeout: LONG }, async () => {
  const started = npmStart(await dataFolder());
  await until('Redis runs', () => started.text().includes('  Redis '));

  const { code, text } = await started.end('SIGINT');

  expect(code).toBe(0);
  expect(text).toContain('Ended. Everything is kept in');
  expect(text).not.toContain('Penstock is ready');
});

test('settings that cannot be read are not made anew: they hold the key to every stored secret', async () => {
  const folder = await dataFolder();
  await writeFile(join(folder, 'settings.json'), '{"apiKey": "psk_');

  const started = npmStart(folder);

  expect(await started.ended).toBe(1);
  expect(started.text()).toContain('settings.json" is not JSON any more (ERR_CONFIG)');
  expect(await readFile(join(folder, 'settings.json'), 'utf8')).toBe('{"apiKey": "psk_');
});

test('a Redis of REDIS_URL that does not answer is named without its password', { timeout: LONG }, async () => {
  const port = await takenPort();

  const started = npmStart(await dataFolder(), { REDIS_URL: `redis://:hush@127.0.0.1:${port}` });

  expect(await started.ended).toBe(1);
  expect(started.text()).toContain(`Redis at redis://127.0.0.1:${port} does not answer`);
  expect(started.text()).not.toContain('hush');
});

test('uses the Redis of REDIS_URL and starts none', { timeout: LONG }, async () => {
  const started = npmStart(await dataFolder(), { REDIS_URL: inject('redisUrl') });

  const banner = await started.ready();
  const { code } = await started.end('SIGTERM');

  expect(banner).toContain('  Redis     of REDIS_URL\n');
  expect(code).toBe(0);
});

/** The first command that the banner prints, as a shell would split it. */
function printedCommand(banner: string): string[] {
  const command = /npx penstock (run [\s\S]*?)\n\n/.exec(banner)![1]!;
  return [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

function keyOf(banner: string): string {
  return /API key: +(psk_\S+)/.exec(banner)![1]!;
}

async function flightIds(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, 'files', 'default', 'new-flights.ndjson'), 'utf8');
  const ids = text
    .trimEnd()
    .split('\n')
    .map((line) => Number(JSON.parse(line).flight_id));
  return ids.sort((a, b) => a - b);
}

/** A port that another program holds, and that answers no Redis command. */
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
