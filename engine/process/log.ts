import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

export type { Logger } from 'pino';

/** Fields that can hold a secret anywhere in a log object; their values are replaced before they are written. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'Authorization',
  'token',
  'secret',
  'password',
  'access_token',
  'refresh_token',
  'client_secret',
  'api_key',
  'apiKey',
  'code_verifier',
]);

/** How deep the redaction looks; deeper objects are never logged. */
const DEPTH = 5;
const HIDDEN = '[redacted]';
const BUFFER_BYTES = 4096;
const FLUSH_MS = 100;

/**
 * The root logger: JSON lines on standard output, or to `destination` in tests.
 * Call sites log a constant sentence and fields; child loggers carry `run`, `action` and `account`.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // pino's own redaction by paths with wildcards was measured at a tenth of a worker's time.
    formatters: { level: (label: string) => ({ level: label }), log: hideFields },
    serializers: {
      err: (error: Error) => hideFields(withoutCommand(stdSerializers.err(error))),
      // What a child logger carries passes by the formatter.
      ...Object.fromEntries([...SECRET_FIELDS].map((name) => [name, () => HIDDEN])),
    },
  };
  if (destination !== undefined) return pino(options, destination);
  return level === 'silent' ? pino(options) : pino(options, standardOutput());
}

/** Lines are written together, a tenth of a second apart at most: a system call per run is a twentieth of a worker's time. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS });
  process.once('exit', () => output.flushSync());
  return output;
}

/** ioredis hangs the refused command on its errors, and its arguments hold whole records. */
function withoutCommand(error: object): object {
  const { command: _, ...shown } = error as { command?: unknown };
  return shown;
}

function hideFields<T extends object>(fields: T): Record<string, unknown> {
  return hideSecrets(fields, 0) as Record<string, unknown>;
}

/** The same value where nothing is to be hidden, else a copy. Errors are left to their serializer. */
function hideSecrets(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Error || depth > DEPTH) return value;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[name];
    const shown = SECRET_FIELDS.has(name) && item !== undefined ? HIDDEN : hideSecrets(item, depth + 1);
    if (shown === item) continue;
    copy ??= { ...value };
    copy[name] = shown;
  }
  return copy ?? value;
}
