import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CliError } from '../problem.ts';

const MAIN = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url));
/** It closes its database within this; then it is ended. */
const CLOSE_MS = 10_000;

/** The emulator in a process of its own. */
export interface LocalEmulator {
  url: string;
  /** Resolves with the reason when it ends without being asked to. */
  failed: Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts the emulator and resolves when its sample data is loaded; `progress` gets a line at a time. An abort of `signal` ends it.
 * @throws CliError with its last line when it does not start
 */
export async function startEmulator(
  env: Record<string, string>,
  io: { progress: (line: string) => void; signal: AbortSignal },
): Promise<LocalEmulator> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...env },
    // The channel tells it when this process is gone, however it went.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, as Redis has.
    detached: true,
  });
  let last = '';
  createInterface({ input: child.stderr! }).on('line', (line) => {
    last = line;
    io.progress(line);
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const failed = ended.then(([code, signal]) => `the emulator ended (${signal ?? `exit code ${code}`}): ${last}`);
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  const lines = createInterface({ input: child.stdout! });
  try {
    const listening = once(lines, 'line', { signal: io.signal }) as Promise<[string]>;
    const [url] = await Promise.race([listening, failed.then((reason) => Promise.reject(new CliError(reason)))]);
    return { url, failed, close };
  } catch (error) {
    await close();
    throw error;
  }
}
