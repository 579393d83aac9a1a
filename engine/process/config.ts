/*
 * The process floor: what one process has before it knows any store. Here belong the configuration, the clock and the log.
 * It opens no connection and knows nothing that is stored.
 */

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ConnectorError } from '../../connector/errors.ts';
import { NO_PROXIES, type Proxies, readProxies } from '../../connector/proxies.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables of the environment, by the names that AWS' own tools use. */
export type AwsSettings = { readonly [name in (typeof AWS_VARIABLES)[number]]?: string };

export const AWS_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_S3',
] as const;

/** Everything the environment can set, read once at start. Times in milliseconds. */
export interface Config {
  redisUrl: string | undefined;
  host: string;
  port: number;
  /** First admin key; none where keys are already in Redis. */
  apiKey: string | undefined;
  /** Anyone who scrapes `/metrics` brings it; without one, the metrics are open. */
  metricsToken: string | undefined;
  /** Where a worker process serves its own metrics; not at all without one. */
  metricsPort: number | undefined;
  /** `id:base64,...`; the first key seals. */
  encryptionKeys: string | undefined;
  publicUrl: string;
  /** Whether the environment says so; otherwise it is the address that this process listens on. */
  isPublicUrlSet: boolean;
  /** `host[:port]`, or `http://127.0.0.1:PORT` for loopback HTTP. */
  allowedHosts: readonly string[];
  /** Addresses and ranges of proxies whose `X-Forwarded-For` says where a request came from. */
  trustedProxies: readonly string[];
  /** Folders of the operator's own connectors, absolute. */
  connectorFolders: readonly string[];
  dataFolder: string;
  /** `file:` or `s3:` URL. */
  artifactsUrl: string;
  /** For an `s3:` URL. */
  aws: AwsSettings;
  /** What requests to services go through: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  proxies: Proxies;
  concurrency: number;
  /** Of a result that an expression reads as a value; plain paths, `for_each` and `$count` of a path have no limit. */
  expressionMaxBytes: number;
  logLevel: string;
  /**
   * Jobs carry OpenTelemetry's context and give spans; what happens to them is up to the SDK that the process was
   * started with.
   */
  tracing: boolean;
  /** Begins every Redis key; one hash tag, so that scripts and transactions work on Redis Cluster. */
  prefix: string;
  /** Finished runs are kept at least until either bound is reached. */
  retentionMs: number;
  retentionRuns: number;
}

const MIN_TOKEN_LENGTH = 16;
const DEFAULT_PORT = 3000;
const MAX_PORT = 65_535;
/** Enough to keep one core busy while requests wait on the network; measured in bench/. */
const DEFAULT_CONCURRENCY = 100;
const MAX_CONCURRENCY = 10_000;
/** As objects it takes several times as much memory, and a worker may have some at once. */
const DEFAULT_EXPRESSION_MAX_BYTES = 32 * 1024 * 1024;
const MIN_EXPRESSION_MAX_BYTES = 1024;
const MAX_EXPRESSION_MAX_BYTES = 1024 * 1024 * 1024;
const DEFAULT_RETENTION_DAYS = 7;
const DAY_MS = 86_400_000;
const DEFAULT_RETENTION_RUNS = 100_000;
/** Any of them says that traces are wanted; names of the OpenTelemetry specification. */
const OTEL_VARIABLES = ['OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
const DEFAULT_LOG_LEVEL = 'info';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Reads the configuration from environment variables. @throws ConnectorError ERR_CONFIG naming the variable, what was
 * given and what is allowed; with several errors, all of them.
 */
export function readConfig(env: Env): Config {
  const { config, validationErrors } = examineConfig(env);
  const [first] = validationErrors;
  if (first === undefined) return config;
  if (validationErrors.length === 1) throw first;
  throw new ConnectorError('ERR_CONFIG', validationErrors.map(({ message }) => message).join('; '), {
    hint: validationErrors.flatMap(({ hint }) => hint ?? [])[0],
  });
}

/** The configuration with the default in place of each variable that cannot be read, and why these cannot. */
export function examineConfig(env: Env): { config: Config; validationErrors: ConnectorError[] } {
  const validationErrors: ConnectorError[] = [];
  const orElse = <T>(fallback: T, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      validationErrors.push(error);
      return fallback;
    }
  };
  const integer = (name: string, bounds: { fallback: number; min: number; max: number }) =>
    orElse(bounds.fallback, () => readInteger(env, name, bounds));
  const host = env.PENSTOCK_HOST || env.HOST || '127.0.0.1';
  const port = integer(env.PENSTOCK_PORT ? 'PENSTOCK_PORT' : 'PORT', {
    fallback: DEFAULT_PORT,
    min: 0,
    max: MAX_PORT,
  });
  const dataFolder = resolve(env.PENSTOCK_DATA || '.penstock');
  const config: Config = {
    redisUrl: env.REDIS_URL || undefined,
    host,
    port,
    apiKey: env.PENSTOCK_API_KEY || undefined,
    metricsToken: orElse(undefined, () => readToken(env, 'PENSTOCK_METRICS_TOKEN')),
    metricsPort: env.PENSTOCK_METRICS_PORT
      ? integer('PENSTOCK_METRICS_PORT', { fallback: 0, min: 0, max: MAX_PORT })
      : undefined,
    encryptionKeys: env.PENSTOCK_ENCRYPTION_KEYS || undefined,
    publicUrl: (env.PENSTOCK_PUBLIC_URL || `http://${host.includes(':') ? `[${host}]` : host}:${port}`).replace(
      /(?<!\/)\/+$/,
      '',
    ),
    isPublicUrlSet: Boolean(env.PENSTOCK_PUBLIC_URL),
    allowedHosts: readList(env.PENSTOCK_ALLOWED_HOSTS),
    trustedProxies: readList(env.PENSTOCK_TRUSTED_PROXIES).flatMap((range) => orElse([], () => [checkedRange(range)])),
    connectorFolders: readList(env.PENSTOCK_CONNECTORS).map((folder) => resolve(folder)),
    dataFolder,
    artifactsUrl: env.PENSTOCK_ARTIFACTS || `file:${dataFolder}/artifacts`,
    aws: Object.fromEntries(AWS_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    proxies: orElse(NO_PROXIES, () => readProxies(env)),
    concurrency: integer('PENSTOCK_CONCURRENCY', {
      fallback: DEFAULT_CONCURRENCY,
      min: 1,
      max: MAX_CONCURRENCY,
    }),
    expressionMaxBytes: integer('PENSTOCK_EXPRESSION_MAX_BYTES', {
      fallback: DEFAULT_EXPRESSION_MAX_BYTES,
      min: MIN_EXPRESSION_MAX_BYTES,
      max: MAX_EXPRESSION_MAX_BYTES,
    }),
    logLevel: orElse(DEFAULT_LOG_LEVEL, () => readLogLevel(env)),
    tracing: isTraced(env),
    prefix: '{penstock}:',
    retentionMs: DAY_MS * integer('PENSTOCK_RETENTION_DAYS', { fallback: DEFAULT_RETENTION_DAYS, min: 1, max: 3650 }),
    retentionRuns: integer('PENSTOCK_RETENTION_RUNS', {
      fallback: DEFAULT_RETENTION_RUNS,
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    }),
  };
  return { config, validationErrors };
}

function readLogLevel(env: Env): string {
  const level = env.LOG_LEVEL || DEFAULT_LOG_LEVEL;
  if (LOG_LEVELS.includes(level)) return level;
  throw new ConnectorError('ERR_CONFIG', `LOG_LEVEL is "${level}"; set it to one of ${LOG_LEVELS.join(', ')}`);
}

/** As the OpenTelemetry SDK reads its variables: one of them asks for traces, and none of them forbids them. */
function isTraced(env: Env): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  return OTEL_VARIABLES.some((name) => Boolean(env[name]));
}

function readList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function checkedRange(range: string): string {
  const [address = '', prefix, ...more] = range.split('/');
  const version = isIP(address);
  const isFine = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
  if (version !== 0 && isFine && more.length === 0) return range;
  throw new ConnectorError(
    'ERR_CONFIG',
    `PENSTOCK_TRUSTED_PROXIES contains "${range}"; use addresses or ranges such as 10.0.0.0/8`,
  );
}

function readToken(env: Env, name: string): string | undefined {
  const token = env[name];
  if (!token) return undefined;
  if (token.length >= MIN_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(token)) return token;
  const validationError =
    token.length < MIN_TOKEN_LENGTH ? `${token.length} characters` : 'spaces or non-ASCII characters';
  throw new ConnectorError(
    'ERR_CONFIG',
    `${name} has ${validationError}; use at least ${MIN_TOKEN_LENGTH} ASCII characters, such as the output of "openssl rand -hex 32"`,
  );
}

function readInteger(env: Env, name: string, bounds: { fallback: number; min: number; max: number }): number {
  const text = env[name];
  if (text === undefined || text === '') return bounds.fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    throw new ConnectorError(
      'ERR_CONFIG',
      `${name} is "${text}"; set it to a whole number from ${bounds.min} to ${bounds.max}`,
    );
  }
  return value;
}
