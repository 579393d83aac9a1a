import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { until } from '../context.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;

/** What `npm start` runs, as a process of its own. */
export interface Started {
  child: ChildProcess;
  text(): string;
  /** Resolves with everything it printed when it says that it is ready; fails when it ends before. */
  ready(): Promise<string>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; text: string }>;
  ended: Promise<number | null>;
}

/**
 * A data folder that is removed when the test ends, after everything that was started in it; with a copy of the emulator's
 * folder when one is given, which saves loading the sample data.
 */
export async function dataFolder(emulatorFolder?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-start-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (emulatorFolder !== undefined) await cp(emulatorFolder, join(folder, 'emulator'), { recursive: true });
  return folder;
}

/** Starts it on free ports unless `env` names some. Ended, if it still runs, when the test ends. */
export function npmStart(folder: string, env: Record<string, string> = {}): Started {
  const { REDIS_URL: _, ...inherited } = process.env;
  // As npm runs it: a shell, which must hand its place, and with it npm's signals, to what it starts.
  const child = spawn('sh', ['-c', packageJson.scripts.start], {
    cwd: ROOT,
    env: {
      ...inherited,
      PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${inherited.PATH}`,
      PENSTOCK_DATA: folder,
      PORT: '0',
      EMULATOR_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return {
    child,
    ended,
    text: () => text,
    async ready() {
      await until(
        'npm start is ready',
        () => {
          if (child.exitCode !== null) throw new Error(`npm start ended:\n${text}`);
          return text.includes('Press Ctrl-C to stop.');
        },
        READY_MS,
      );
      return text;
    },
    async end(signal) {
      child.kill(signal);
      return { code: await ended, text };
    },
  };
}
