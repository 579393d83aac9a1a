import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openRedis, whenReady } from '../../engine/store/redis.ts';
import { CliError } from '../problem.ts';
import { freePort } from './ports.ts';
import { redisUrl, type Settings } from './settings.ts';

/** The Redis that belongs to a data folder. */
export interface LocalRedis {
  url: string;
  port: number;
  /** Resolves with the reason when it ends without being asked to. */
  failed: Promise<string>;
  /** Ends it after everything is on disk. */
  close(): Promise<void>;
}

/** A data folder of some gigabytes is read within this. */
const READY_MS = 60_000;
/** A server that outlived its parent answers at once or is not there. */
const LEFT_OVER_MS = 500;

/**
 * Starts `redis-server` on a loopback port with a password, append-only, in `redis/` of the data folder. One that a killed
 * `npm start` left behind is ended first. The configuration goes in by standard input, so that the password is in no list of processes.
 * @throws CliError with the end of its log when it does not start
 */
export async function startRedis(dataFolder: string, settings: Settings['redis']): Promise<LocalRedis> {
  await endLeftOver(settings);
  const folder = join(dataFolder, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = await freePort(settings.port);
  const logFile = join(dataFolder, 'redis.log');
  const log = openSync(logFile, 'w', 0o600);
  // A group of its own: Ctrl-C in the terminal must not end Redis before the worker has parked its work.
  const child = spawn('redis-server', ['-'], { stdio: ['pipe', log, log], detached: true });
  const failed = whyEnded(child, logFile);
  child.stdin!.on('error', () => {
    // It ended before it read; `failed` says why.
  });
  child.stdin!.end(configuration({ folder, port, password: settings.password }));
  const url = redisUrl({ ...settings, port });
  const redis = openRedis(url, 'fail');
  try {
    await Promise.race([
      whenReady(redis, url, READY_MS),
      failed.then((reason) => Promise.reject(new CliError(reason))),
    ]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    redis.disconnect();
  }
  return {
    url,
    port,
    failed,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function configuration({ folder, port, password }: { folder: string; port: number; password: string }): string {
  return `
bind 127.0.0.1
port ${port}
requirepass ${password}
dir "${folder.replaceAll(/["\\]/g, '\\$&')}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
`;
}

async function whyEnded(child: ChildProcess, logFile: string): Promise<string> {
  const reason = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`redis-server cannot be started (${error.message})`));
    child.once('exit', (code, signal) => resolve(`redis-server ended (${signal ?? `exit code ${code}`})`));
  });
  return `${reason}; see its log: ${logFile}`;
}

async function endLeftOver(settings: Settings['redis']): Promise<void> {
  if (settings.port === 0) return;
  const url = redisUrl(settings);
  const redis = openRedis(url, 'fail');
  try {
    await whenReady(redis, url, LEFT_OVER_MS);
    // Only the server of this data folder knows the password.
    const gone = once(redis, 'close');
    await redis.shutdown().catch(() => {
      // The connection ends before an answer: that is the answer.
    });
    await gone;
  } catch {
    // Nothing listens there, or another program does.
  } finally {
    redis.disconnect();
  }
}
