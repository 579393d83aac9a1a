import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { findConnection } from '../../cli/connection.ts';
import { freePort } from '../global-setup.ts';
import { startHttpServer } from '../servers.ts';
import { runCli } from './cli.ts';

test('without arguments it prints the help, exit codes included', async () => {
  const { code, out } = await runCli([]);

  expect(code).toBe(0);
  for (const { heading } of COMMANDS) if (heading !== undefined) expect(out).toContain(`${heading}:`);
  expect(out).toContain(
    'Exit codes: 0 success, 1 the run failed or the API returned an error, 2 invalid command line.',
  );
});

test.each(COMMANDS.map(({ usage, text }) => [usage, text]))('"%s" has a help of its own', async (usage, text) => {
  const words = usage.split(' ').filter((word) => !/^[<[]/.test(word));

  const { code, out } = await runCli([...words, '--help']);

  expect(code).toBe(0);
  expect(out.replace(/\s+/g, ' ')).toContain(text);
});

test.each([
  [['rnu'], 'Did you mean run?'],
  [['runs', 'shwo'], 'Did you mean show?'],
  [
    ['runs', 'everything'],
    'Commands: list, show, output, watch, tail, replay, causes, counts, discard, cancel, approve, deny.',
  ],
  [['run', 'databricks.run_job', '--acount', 'demo'], 'Did you mean --account?'],
])('%j is answered with what was meant, and 2', async (argv, said) => {
  const { code, err } = await runCli(argv);

  expect(code).toBe(2);
  expect(err).toContain(said);
});

test.each([
  [
    ['run', 'x', '--input', '{a}'],
    "--input: the value is not JSON (Expected property name or '}' in JSON at position 1",
  ],
  [['run', 'x', '--input', '@/nowhere/input.json'], '--input: "/nowhere/input.json" cannot be read (ENOENT)'],
  [['run', 'x', '--option', 'timeout_seconds'], '--option "timeout_seconds" is not NAME=VALUE'],
  [['runs', '--status', 'done'], 'Allowed choices are queued, running, waiting, succeeded, failed, canceled.'],
  [
    ['auth', 'add', 'pat', '--account', 'a', '--host', 'h', '--secret-env', 'NOT_SET'],
    'the variable NOT_SET is not set',
  ],
])('%j is refused before anything is sent, with 2', async (argv, said) => {
  const { code, err } = await runCli(argv);

  expect(code).toBe(2);
  expect(err).toContain(said);
});

test('an API that does not answer is named with what to do', async () => {
  const port = await freePort();

  const { code, err } = await runCli(['runs'], { env: { PENSTOCK_URL: `http://127.0.0.1:${port}` } });

  expect(code).toBe(1);
  expect(err).toBe(
    `error: the API at http://127.0.0.1:${port} does not respond (ECONNREFUSED)\n  hint: Start it with "npm start", or set PENSTOCK_URL to its address.\n`,
  );
});

test('an answer that is not ours is quoted, not guessed at', async () => {
  const { origin } = await startHttpServer((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));

  const { code, err } = await runCli(['runs'], { env: { PENSTOCK_URL: origin } });

  expect(code).toBe(1);
  expect(err).toContain('error: HTTP 502 <h1>Bad Gateway</h1>');
});

test('the key that npm start left goes only to the URL that it left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-connection-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, 'connection.json'),
    JSON.stringify({ url: 'http://127.0.0.1:3000', api_key: 'local key' }),
  );
  const find = (env: Record<string, string>) => findConnection({ PENSTOCK_DATA: folder, ...env });

  expect(find({})).toEqual({ url: 'http://127.0.0.1:3000', apiKey: 'local key' });
  expect(find({ PENSTOCK_URL: 'http://127.0.0.1:3000/' })).toEqual({
    url: 'http://127.0.0.1:3000',
    apiKey: 'local key',
  });
  expect(find({ PENSTOCK_URL: 'https://penstock.example.com' })).toEqual({
    url: 'https://penstock.example.com',
    apiKey: undefined,
  });
  expect(find({ PENSTOCK_API_KEY: 'own key' })).toEqual({ url: 'http://127.0.0.1:3000', apiKey: 'own key' });
});
