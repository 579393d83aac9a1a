import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectorError } from '../../connector/errors.ts';
import { dataFolderOf, LOCAL_FILE } from '../connection.ts';

/** What `npm start` makes at its first start and keeps in the data folder. */
export interface Settings {
  apiKey: string;
  /** `id:base64` of 32 bytes. Without it nothing that was sealed can be opened again. */
  encryptionKeys: string;
  redis: { password: string; port: number };
  emulator: { token: string; clientId: string; clientSecret: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

const SETTINGS_FILE = 'settings.json';
/** Inputs, outputs and keys: nobody else's business. */
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const KEY_BYTES = 32;

/**
 * The settings in the data folder; made, with the folder, when there are none. Variables that are set win and are not written down.
 * @throws ConnectorError ERR_CONFIG for a file that cannot be read: making new keys in its place would lose every sealed secret
 */
export function openSettings(dataFolder: string, env: Environment): Settings {
  mkdirSync(dataFolder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  chmodSync(dataFolder, OWNER_ONLY_FOLDER);
  const kept = readSettings(dataFolder) ?? writeSettings(dataFolder, newSettings());
  return {
    ...kept,
    apiKey: env.PENSTOCK_API_KEY || kept.apiKey,
    encryptionKeys: env.PENSTOCK_ENCRYPTION_KEYS || kept.encryptionKeys,
    emulator: {
      token: env.EMULATOR_TOKEN || kept.emulator.token,
      clientId: env.EMULATOR_CLIENT_ID || kept.emulator.clientId,
      clientSecret: env.EMULATOR_CLIENT_SECRET || kept.emulator.clientSecret,
    },
  };
}

/** Keeps the port that Redis was given, so that the next start finds a server that outlived its parent. */
export function keepRedisPort(dataFolder: string, port: number): void {
  const kept = readSettings(dataFolder);
  if (kept !== undefined && kept.redis.port !== port)
    writeSettings(dataFolder, { ...kept, redis: { ...kept.redis, port } });
}

/** Leaves URL and API key for the CLI of this checkout. */
export function writeConnection(dataFolder: string, connection: { url: string; api_key: string }): void {
  writeOwnerOnly(join(dataFolder, LOCAL_FILE), connection);
}

/** The environment with what `npm start` keeps filled in, so that `penstock doctor` looks at what runs. */
export function localEnvironment(env: Environment): Environment {
  const folder = dataFolderOf(env);
  const kept = env.REDIS_URL ? undefined : readSettings(folder);
  if (kept === undefined || kept.redis.port === 0) return env;
  return {
    ...env,
    PENSTOCK_DATA: folder,
    REDIS_URL: redisUrl(kept.redis),
    PENSTOCK_ENCRYPTION_KEYS: env.PENSTOCK_ENCRYPTION_KEYS || kept.encryptionKeys,
  };
}

/** Where the Redis of the settings listens. */
export function redisUrl({ password, port }: Settings['redis']): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

function newSettings(): Settings {
  const secret = (bytes: number) => randomBytes(bytes).toString('hex');
  return {
    apiKey: `psk_${randomBytes(KEY_BYTES).toString('base64url')}`,
    encryptionKeys: `k1:${randomBytes(KEY_BYTES).toString('base64')}`,
    redis: { password: secret(24), port: 0 },
    emulator: { token: `dapi${secret(16)}`, clientId: randomUUID(), clientSecret: `dose${secret(16)}` },
  };
}

function readSettings(dataFolder: string): Settings | undefined {
  const file = join(dataFolder, SETTINGS_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConnectorError('ERR_CONFIG', `"${file}" cannot be read (${(cause as Error).message})`, { cause });
  }
  try {
    return JSON.parse(text) as Settings;
  } catch (cause) {
    throw new ConnectorError('ERR_CONFIG', `"${file}" is not valid JSON`, {
      hint: 'It contains the key that decrypts the stored authentications. Restore it, or remove the whole data folder to start over.',
      cause,
    });
  }
}

function writeSettings(dataFolder: string, settings: Settings): Settings {
  writeOwnerOnly(join(dataFolder, SETTINGS_FILE), settings);
  return settings;
}

/** Whole or not at all: a crash leaves the old file. */
function writeOwnerOnly(file: string, content: object): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: OWNER_ONLY_FILE });
  renameSync(`${file}.new`, file);
}
