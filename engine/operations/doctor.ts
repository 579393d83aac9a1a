import { access, constants, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toErrorRecord } from '../../connector/errors.ts';
import { normalizeHost } from '../../connector/hosts.ts';
import { loadManifests } from '../../connector/load-manifests.ts';
import { MANIFESTS, SERVICES } from '../../services/registry.ts';
import { MIN_KEY_LENGTH } from '../access/api-keys.ts';
import { openArtifacts } from '../artifacts/artifacts.ts';
import type { Config } from '../process/config.ts';
import { createKeyring } from '../secrets/seal.ts';
import { openRedis, whenReady } from '../store/redis.ts';
import type { RedisClient } from '../store/redis-client.ts';
import { createKeys } from '../store/redis-keys.ts';
import { hideCredentials } from '../store/redis-url.ts';
import { isReadable, readStamp, SCHEMA_VERSION, tooNew } from '../store/schema-stamp.ts';

/** One thing that was looked at. */
export interface Finding {
  subject: string;
  ok: boolean;
  /** What is there. */
  found: string;
  /** What to do about it, when it is not right. */
  remedy?: string;
}

const READY_TIMEOUT_MS = 3000;
/** BullMQ 6 needs 6.2 at least. */
const MIN_REDIS = [6, 2] as const;
/** Delays and token times go wrong beyond this. */
const MAX_SKEW_MS = 2000;
/** A dump of nothing has about 90 bytes, one of a single key 180. */
const EMPTY_DUMP_BYTES = 120;

/** Looks at everything a deployment needs and says plainly what is wrong and what to do. Changes nothing but the data folder's existence. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings = [
    examineKeys(config),
    examineHost(config),
    examineMetrics(config),
    ...examineVariables(config),
    ...config.allowedHosts.map(examineAllowedHost),
    await examineFolder(config),
    ...(await examineConnectors(config)),
  ];
  return [...(await examineRedis(config)), ...findings];
}

/** The Redis part alone, on an open client; also asked at start. */
export async function examineServer(redis: RedisClient, now: number): Promise<Finding[]> {
  const [info, settings, time] = await Promise.all([redis.info(), readSettings(redis), redis.time()]);
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > MIN_REDIS[0] || (major === MIN_REDIS[0] && minor >= MIN_REDIS[1]);
  const policy = settings.get('maxmemory-policy') ?? /maxmemory_policy:(\S+)/.exec(info)?.[1];
  const appendOnly = settings.get('appendonly') ?? (/aof_enabled:(\d)/.exec(info)?.[1] === '1' ? 'yes' : 'no');
  const skew = Math.abs(Number(time[0]) * 1000 + Number(time[1]) / 1000 - now);
  return [
    finding('Redis version', { ok: isNewEnough, found: version, remedy: `Run Redis ${MIN_REDIS.join('.')} or later.` }),
    finding('Redis eviction', {
      ok: policy === 'noeviction',
      found: `maxmemory-policy ${policy ?? 'unknown'}`,
      remedy: 'Set "maxmemory-policy noeviction": any other policy deletes runs and cursors when memory is short.',
    }),
    finding('Redis durability', {
      ok: appendOnly === 'yes',
      found: `appendonly ${appendOnly}`,
      remedy: 'Set "appendonly yes" (appendfsync everysec): without it a restart of Redis loses runs and cursors.',
    }),
    finding('Clock', {
      ok: skew <= MAX_SKEW_MS,
      found: `${Math.round(skew)} ms from the clock of Redis`,
      remedy: 'Synchronize both hosts with a time server (NTP). Schedules and token lifetimes depend on it.',
    }),
  ];
}

async function examineRedis(config: Config): Promise<Finding[]> {
  if (config.redisUrl === undefined) {
    return [
      finding('Redis', {
        ok: false,
        found: 'REDIS_URL is not set',
        remedy: 'Set REDIS_URL, for example to redis://127.0.0.1:6379. "npm start" starts its own Redis.',
      }),
    ];
  }
  let redis: RedisClient | undefined;
  try {
    redis = openRedis(config.redisUrl, 'fail');
    await whenReady(redis, config.redisUrl, READY_TIMEOUT_MS);
    return [
      finding('Redis', { ok: true, found: hideCredentials(config.redisUrl) }),
      ...(await examineServer(redis, Date.now())),
      await examineStore(redis, config),
      ...(await examineSchema(redis, config)),
    ];
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return [finding('Redis', { ok: false, found: message, remedy: hint ?? 'Check REDIS_URL.' })];
  } finally {
    redis?.disconnect();
  }
}

/** What is in the store; an empty one is fine for a first start, and a loss for any other. */
async function examineStore(redis: RedisClient, config: Config): Promise<Finding> {
  const subject = 'Store';
  const keys = createKeys(config.prefix);
  if ((await redis.exists(keys.keyChecks())) === 1)
    return finding(subject, { ok: true, found: 'contains data of Penstock' });
  const dump = await unreadDump(redis);
  if (dump !== undefined) {
    return finding(subject, {
      ok: false,
      found: `is empty, although ${dump} exists`,
      remedy:
        'With "appendonly yes", Redis does not load a dump at startup. Start it with "appendonly no", then turn it on. See docs/guides/backup.md.',
    });
  }
  const how =
    config.apiKey === undefined
      ? '; set PENSTOCK_API_KEY to psk_ followed by the output of "openssl rand -hex 32" before the first start, or create a key with "penstock tenants create-key default"'
      : '';
  return finding(subject, { ok: true, found: `is empty: it has not been used yet${how}` });
}

/** Looks at the schema version and leaves it as it is; an empty store has none. */
async function examineSchema(redis: RedisClient, config: Config): Promise<Finding[]> {
  const subject = 'Schema version';
  const stamp = await readStamp({ redis, keys: createKeys(config.prefix) });
  if (stamp === undefined) return [];
  if (isReadable(stamp)) return [finding(subject, { ok: true, found: String(stamp.version) })];
  if (stamp.version > SCHEMA_VERSION) {
    const { message, hint } = toErrorRecord(tooNew(stamp));
    return [finding(subject, { ok: false, found: message, remedy: hint ?? '' })];
  }
  return [
    finding(subject, {
      ok: true,
      found: `${stamp.version}; the first process of this version that starts migrates the store to ${SCHEMA_VERSION}, see docs/guides/upgrade.md`,
    }),
  ];
}

/** The dump beside a Redis of this machine that has an append-only file and did not read it. */
async function unreadDump(redis: RedisClient): Promise<string | undefined> {
  try {
    const flat = (await redis.config('GET', 'dir', 'dbfilename', 'appendonly')) as string[];
    const of = (name: string) => flat[flat.indexOf(name) + 1] ?? '';
    const file = join(of('dir'), of('dbfilename'));
    if (of('appendonly') !== 'yes' || (await redis.dbsize()) > 0) return undefined;
    return (await stat(file)).size > EMPTY_DUMP_BYTES ? file : undefined;
  } catch {
    // Managed, or on another machine: nothing can be said.
    return undefined;
  }
}

function examineVariables(config: Config): Finding[] {
  const findings: Finding[] = [];
  if (config.apiKey !== undefined) {
    findings.push(
      finding('First API key', {
        ok: config.apiKey.length >= MIN_KEY_LENGTH,
        found: `PENSTOCK_API_KEY has ${config.apiKey.length} characters`,
        remedy: `Use at least ${MIN_KEY_LENGTH}: psk_ followed by the output of "openssl rand -hex 32".`,
      }),
    );
  }
  const url = URL.parse(config.publicUrl);
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '';
  if (!isWeb || url.username !== '' || url.search !== '' || url.hash !== '') {
    findings.push({
      subject: 'Public URL',
      ok: false,
      found: 'PENSTOCK_PUBLIC_URL is not a valid URL',
      remedy: 'Use a URL with scheme, without user and query, such as https://penstock.example.com.',
    });
  }
  try {
    openArtifacts(config.artifactsUrl, config.aws);
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    findings.push(finding('Artifacts', { ok: false, found: message, remedy: hint ?? 'Check PENSTOCK_ARTIFACTS.' }));
  }
  return findings;
}

/** The operator's own connectors, as a start reads them. */
async function examineConnectors({ connectorFolders: own }: Config): Promise<Finding[]> {
  if (own.length === 0) return [];
  const subject = 'Connectors of PENSTOCK_CONNECTORS';
  try {
    const { connectors } = await loadManifests(MANIFESTS, { services: SERVICES, own });
    const ids = [...connectors.values()].filter(({ origin }) => origin === 'operator').map(({ id }) => id);
    return [finding(subject, { ok: true, found: ids.join(', ') })];
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return [finding(subject, { ok: false, found: message, remedy: hint ?? 'Correct the manifest.' })];
  }
}

/** Managed services forbid CONFIG; INFO says the same. */
async function readSettings(redis: RedisClient): Promise<Map<string, string>> {
  try {
    const flat = (await redis.config('GET', 'maxmemory-policy', 'appendonly')) as string[];
    return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : [])));
  } catch {
    return new Map();
  }
}

function examineKeys(config: Config): Finding {
  const subject = 'Encryption keys';
  if (config.encryptionKeys === undefined) {
    return finding(subject, {
      ok: false,
      found: 'PENSTOCK_ENCRYPTION_KEYS is not set',
      remedy: 'Set it to the output of: echo "k1:$(openssl rand -base64 32)"',
    });
  }
  try {
    const { ids, primaryId } = createKeyring(config.encryptionKeys);
    return finding(subject, { ok: true, found: `${ids.length} configured, "${primaryId}" encrypts` });
  } catch (error) {
    return finding(subject, {
      ok: false,
      found: toErrorRecord(error).message,
      remedy: 'Use id:base64 of 32 bytes, separated by commas.',
    });
  }
}

function examineHost(config: Config): Finding {
  const isLoopback = /^(127\.|localhost$|::1$)/.test(config.host);
  const isSecure = config.publicUrl.startsWith('https://');
  return finding('Address', {
    ok: isLoopback || isSecure,
    found: `listens on ${config.host}:${config.port}, public URL ${config.publicUrl}`,
    remedy:
      'Put a TLS proxy in front of it and set PENSTOCK_PUBLIC_URL to its https:// address, because every request contains an API key.',
  });
}

function examineMetrics({ metricsToken }: Config): Finding {
  return {
    subject: 'Metrics',
    ok: true,
    found:
      metricsToken === undefined
        ? 'accessible without a token; do not expose /metrics publicly, or set PENSTOCK_METRICS_TOKEN'
        : 'protected by PENSTOCK_METRICS_TOKEN',
  };
}

function examineAllowedHost(entry: string): Finding {
  const subject = `Allowed host ${entry}`;
  try {
    const origin = normalizeHost(entry);
    const ok = origin.startsWith('https://') || /^http:\/\/(127\.|localhost|\[::1\])/.test(origin);
    return finding(subject, {
      ok,
      found: origin,
      remedy: 'Tokens are sent over HTTPS only; http:// is allowed for loopback addresses.',
    });
  } catch (error) {
    return finding(subject, {
      ok: false,
      found: toErrorRecord(error).message,
      remedy: 'Use host[:port], or http://127.0.0.1:PORT.',
    });
  }
}

async function examineFolder(config: Config): Promise<Finding> {
  const subject = 'Data folder';
  try {
    await mkdir(config.dataFolder, { recursive: true, mode: 0o700 });
    await access(config.dataFolder, constants.W_OK);
    return finding(subject, { ok: true, found: config.dataFolder });
  } catch (error) {
    return finding(subject, {
      ok: false,
      found: (error as Error).message,
      remedy: 'Set PENSTOCK_DATA to a writable folder.',
    });
  }
}

function finding(subject: string, { ok, found, remedy }: { ok: boolean; found: string; remedy?: string }): Finding {
  return ok || remedy === undefined ? { subject, ok, found } : { subject, ok, found, remedy };
}
