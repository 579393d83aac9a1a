import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import { until } from '../context.ts';
import { openCli } from './cli.ts';

const PENSTOCK = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));
const KEYS = `k1:${Buffer.alloc(32, 3).toString('base64')}`;
const LONG = 60_000;
const BROKEN_PIPE = 141;

/** Runs a command line whose reader of standard output leaves before anything is written. */
async function intoClosedPipe(argv: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [PENSTOCK, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code, err };
}

test.each([[['--help']], [['runs', '--help']], [['actions']], [['actions', '--json']]])(
  'penstock %s ends without a word when nobody reads on',
  { timeout: LONG },
  async (argv) => {
    const { env } = await openCli({ worker: false });

    expect(await intoClosedPipe(argv, env)).toEqual({ code: BROKEN_PIPE, err: '' });
  },
);

test('a worker ends when npx, which started it, is ended by SIGTERM', { timeout: LONG }, async () => {
  // As npx does: npm, a shell that does not pass signals on, and the worker.
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${PENSTOCK}" worker; exit $?`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      npm_command: 'exec',
      REDIS_URL: `${inject('redisUrl')}/3`,
      PENSTOCK_ENCRYPTION_KEYS: KEYS,
      LOG_LEVEL: 'silent',
    },
  });
  let err = '';
  shell.stderr.on('data', (text) => {
    err += text;
  });
  await until('the worker runs', () => err.includes('The worker is running.'), LONG);

  shell.kill('SIGTERM');

  // The pipe closes when the last process that holds it has ended.
  await once(shell.stderr, 'close');
});
