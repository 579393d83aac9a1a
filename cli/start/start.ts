import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readConfig } from '../../engine/process/config.ts';
import { createLogger, type Logger } from '../../engine/process/log.ts';
import { type Client, createClient } from '../client.ts';
import { dataFolderOf, LOCAL_FILE } from '../connection.ts';
import { CliError } from '../problem.ts';
import { serve } from '../serve.ts';
import { banner } from './banner.ts';
import { problemsOfRedis } from './check-redis.ts';
import { makeDemo } from './demo.ts';
import { startEmulator } from './emulator.ts';
import { takeLock } from './lock.ts';
import { checkPort } from './ports.ts';
import { startRedis } from './redis-server.ts';
import { keepRedisPort, openSettings, type Settings, writeConnection } from './settings.ts';

/** Everything that `npm start` runs. */
export interface Running {
  url: string;
  /** Resolves with the reason when a part ends without being asked to. */
  failed: Promise<string>;
  /** Ends the parts in the order that loses nothing: API, worker, emulator, Redis. */
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const EMULATOR_PORT = 3001;
/** The log of earlier starts is kept once beyond this size. */
const MAX_LOG_BYTES = 10_000_000;

/**
 * Starts everything, one line per part, and prints where it is. A failure, and an abort of `signal`, closes what was started.
 * API and worker share this process: a second Node would take some 80 MB to do nothing.
 * @throws CliError, ConnectorError
 */
export async function start(
  env: Environment,
  io: { say: (line: string) => void; signal: AbortSignal },
): Promise<Running> {
  const dataFolder = dataFolderOf(env);
  const shown = shorter(relative(process.cwd(), dataFolder), dataFolder);
  const closers: (() => unknown)[] = [];
  const close = async () => {
    if (closers.length > 0) io.say('\nStopping …');
    for (const closer of closers.splice(0).reverse()) await closer();
    io.say(`Stopped. All data is kept in ${shown}.`);
  };
  try {
    const base = readConfig({ ...env, PENSTOCK_DATA: dataFolder });
    const emulatorPort = readEmulatorPort(env.EMULATOR_PORT);
    const settings = openSettings(dataFolder, env);
    const lock = await takeLock(dataFolder);
    closers.push(lock.release);
    await checkPort(base, env.PENSTOCK_PORT ? 'PENSTOCK_PORT' : 'PORT');
    await checkPort({ host: '127.0.0.1', port: emulatorPort }, 'EMULATOR_PORT');
    io.say(`Penstock: data folder ${shown}`);

    const failures: Promise<string>[] = [];
    const redisUrl = base.redisUrl ?? (await startOwnRedis(dataFolder, settings, { say: io.say, closers, failures }));
    if (base.redisUrl !== undefined) io.say('  Redis     from REDIS_URL');
    for (const validationError of await problemsOfRedis(redisUrl)) io.say(`  Redis     ${validationError}`);
    io.signal.throwIfAborted();

    const emulator = await startEmulator(emulatorEnvironment(dataFolder, emulatorPort, settings), {
      progress: (line) => io.say(`  Emulator  ${line}`),
      signal: io.signal,
    });
    closers.push(() => emulator.close());
    failures.push(emulator.failed);
    io.say(`  Emulator  ${emulator.url}, a Databricks-compatible workspace`);
    io.signal.throwIfAborted();

    const config = {
      ...base,
      redisUrl,
      apiKey: settings.apiKey,
      encryptionKeys: settings.encryptionKeys,
      allowedHosts: [...base.allowedHosts, emulator.url],
    };
    const serving = await serve(config, 'both', openLog(dataFolder, config.logLevel));
    closers.push(() => serving.close());
    const url = serving.url!;
    const isFirst = !existsSync(join(dataFolder, LOCAL_FILE));
    writeConnection(dataFolder, { url, api_key: settings.apiKey });
    const client = createClient({ url, apiKey: settings.apiKey }, io.signal);
    await makeDemo(client, { url: emulator.url, credentials: settings.emulator });
    const link = await signInLink(client, { url, isPublic: Boolean(env.PENSTOCK_PUBLIC_URL) });
    const apiKey = isFirst ? settings.apiKey : undefined;
    for (const line of banner({ url, link, apiKey, dataFolder: shown })) io.say(line);
    return { url, failed: Promise.race(failures), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A link that opens the app signed in. Without a public URL, it leads to where the API listens, whatever port it was given. */
async function signInLink(client: Client, { url, isPublic }: { url: string; isPublic: boolean }): Promise<string> {
  const link = (await client.call('POST', '/v1/sign_in_links')) as { url: string };
  if (isPublic) return link.url;
  const { pathname, hash } = new URL(link.url);
  return url + pathname + hash;
}

async function startOwnRedis(
  dataFolder: string,
  settings: Settings,
  run: { say: (line: string) => void; closers: (() => unknown)[]; failures: Promise<string>[] },
): Promise<string> {
  const redis = await startRedis(dataFolder, settings.redis);
  run.closers.push(() => redis.close());
  run.failures.push(redis.failed);
  keepRedisPort(dataFolder, redis.port);
  run.say(`  Redis     127.0.0.1:${redis.port}, started by Penstock, append-only`);
  return redis.url;
}

/** A path from here when it leads down, else the whole one. */
function shorter(fromHere: string, whole: string): string {
  return fromHere === '' || fromHere.startsWith('..') ? whole : fromHere;
}

function readEmulatorPort(text: string | undefined): number {
  const port = Number(text || EMULATOR_PORT);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new CliError(`EMULATOR_PORT is "${text}"; set it to a whole number from 0 to 65535`);
}

function emulatorEnvironment(dataFolder: string, port: number, { emulator }: Settings): Record<string, string> {
  return {
    EMULATOR_PORT: String(port),
    EMULATOR_TOKEN: emulator.token,
    EMULATOR_CLIENT_ID: emulator.clientId,
    EMULATOR_CLIENT_SECRET: emulator.clientSecret,
    EMULATOR_DATA: join(dataFolder, 'emulator'),
  };
}

/** The log goes to a file: the terminal is for people. */
function openLog(dataFolder: string, level: string): Logger {
  const file = join(dataFolder, 'penstock.log');
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
  return createLogger(level, createWriteStream(file, { flags: 'a', mode: 0o600 }));
}
