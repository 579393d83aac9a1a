import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { runCli } from '../cli/cli.ts';
import { until } from '../context.ts';
import { dataFolder, npmStart } from './npm-start.ts';

const LONG = 180_000;
/** Several polls and runs, on a machine that may be busy with other tests. */
const DELIVERED_MS = 60_000;
/** A folder of the emulator with the sample data in it, as the first test leaves it. */
let loaded: string | undefined;

afterAll(async () => {
  if (loaded !== undefined) await rm(loaded, { recursive: true, force: true });
});

test('runs everything, prints commands that work, and starts again with everything still there', {
  timeout: LONG,
}, async () => {
  const folder = await dataFolder();
  const env = { PENSTOCK_DATA: folder };
  const delivered = async (events: number) => {
    const isDelivered = async () => {
      const { out } = await runCli(['cursor', 'show', 'new-flights'], { env });
      return new RegExp(`^events +${events}$`, 'm').test(out);
    };
    await until(`the example sync has delivered ${events} rows`, isDelivered, DELIVERED_MS);
    return flightIds(folder);
  };

  const first = npmStart(folder);
  const banner = await first.ready();
  const [select, insert, runs] = printedCommands(banner);
  const atFirst = await delivered(1000);
  const shown = await runCli(select!, { env });
  const inserted = await runCli(insert!, { env });
  await runCli(['workflows', 'run', 'new-flights'], { env });
  const thenOnlyNew = await delivered(1003);
  const listed = await runCli(runs!, { env });
  const firstEnd = await first.end('SIGTERM');

  expect(atFirst).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^origin +flights +delay\nORD +\d+ +[\d.]+\n/) });
  expect(inserted.code).toBe(0);
  expect(thenOnlyNew.slice(1000)).toEqual([1001, 1002, 1003]);
  expect(listed.out.match(/ succeeded /g)).toHaveLength(5);
  expect(firstEnd).toMatchObject({ code: 0, text: expect.stringContaining('Stopped. All data is kept in') });
  loaded = await mkdtemp(join(tmpdir(), 'penstock-loaded-'));
  await cp(join(folder, 'emulator'), loaded, { recursive: true });
  for (const file of ['settings.json', 'connection.json', 'penstock.log', 'redis.log']) {
    expect((await stat(join(folder, file))).mode & 0o777, file).toBe(0o600);
  }
  expect((await stat(folder)).mode & 0o777).toBe(0o700);

  const second = npmStart(folder);
  const again = await second.ready();
  const rerun = await runCli(printedCommands(again)[0]!, { env });
  await runCli(printedCommands(again)[1]!, { env });
  await runCli(['workflows', 'run', 'new-flights'], { env });
  const afterRestart = await delivered(1006);
  await second.end('SIGINT');

  expect(again).not.toContain(keyOf(banner));
  expect(again).toMatch(/API key: +kept in .*connection\.json\n/);
  expect(rerun.code).toBe(0);
  expect(afterRestart.slice(1003)).toEqual([1004, 1005, 1006]);
});

test('a start that was killed keeps no other from starting; one that runs is named to a second in its data folder', {
  timeout: LONG,
}, async () => {
  const folder = await dataFolder(loaded);
  const killed = npmStart(folder);
  await killed.ready();
  await killed.end('SIGKILL');

  const running = npmStart(folder);
  await running.ready();
  const refused = npmStart(folder);

  expect(await refused.ended).toBe(1);
  expect(refused.text()).toContain(
    `another "npm start" (process ${running.child.pid}) already uses the data folder "${folder}"`,
  );
  expect(refused.text()).toContain('set PENSTOCK_DATA, PORT and EMULATOR_PORT');
  expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
});

test.each(['PORT', 'EMULATOR_PORT'])('a taken %s is named before anything is started', async (variable) => {
  const port = await takenPort();

  const started = npmStart(await dataFolder(), { [variable]: String(port) });

  expect(await started.ended).toBe(1);
  expect(started.text()).toContain(
    `error: port ${port} is already in use by another program\n  hint: Stop that program, or choose another port: ${variable}=${port + 10} npm start\n`,
  );
  expect(started.text()).not.toContain('Redis');
});

test('an end while it is starting ends everything, with 0', { timeout: LONG }, async () => {
  const started = npmStart(await dataFolder());
  await until('Redis runs', () => started.text().includes('  Redis '));

  const { code, text } = await started.end('SIGINT');

  expect(code).toBe(0);
  expect(text).toContain('Stopped. All data is kept in');
  expect(text).not.toContain('Penstock is ready');
});

test('settings that cannot be read are not recreated: they hold the key to every stored secret', async () => {
  const folder = await dataFolder();
  await writeFile(join(folder, 'settings.json'), '{"apiKey": "psk_');

  const started = npmStart(folder);

  expect(await started.ended).toBe(1);
  expect(started.text()).toContain('settings.json" is not valid JSON (ERR_CONFIG)');
  expect(await readFile(join(folder, 'settings.json'), 'utf8')).toBe('{"apiKey": "psk_');
});

// A database of its own: what is sealed in the other ones is sealed with other keys.
test('uses the Redis of REDIS_URL and starts none', { timeout: LONG }, async () => {
  const started = npmStart(await dataFolder(loaded), { REDIS_URL: `${inject('redisUrl')}/2` });

  const banner = await started.ready();
  const { code } = await started.end('SIGTERM');

  expect(banner).toContain('  Redis     from REDIS_URL\n');
  expect(code).toBe(0);
});

/** The commands that the banner prints, each as a shell would split it. */
function printedCommands(banner: string): string[][] {
  const commands = [...banner.replaceAll('\\\n', ' ').matchAll(/^ +npx penstock (.*)$/gm)].map(
    ([, command]) => command!,
  );
  return commands.map((command) =>
    [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
  );
}

function keyOf(banner: string): string {
  return /API key: +(psk_\S+)/.exec(banner)![1]!;
}

async function flightIds(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, 'files', 'default', 'flights.ndjson'), 'utf8');
  const ids = text
    .trimEnd()
    .split('\n')
    .map((line) => Number(JSON.parse(line).data.flight_id));
  return ids.sort((a, b) => a - b);
}

/** A port that another program holds, and that answers no Redis command. */
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
