import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Fields that can hold a secret anywhere in a log object; pino replaces their values before they are written. */
const SECRET_FIELDS = [
  'authorization',
  'token',
  'secret',
  'password',
  'access_token',
  'refresh_token',
  'client_secret',
  'api_key',
  'apiKey',
  'code_verifier',
] as const;

/** How deep the redaction looks; deeper objects are never logged. */
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`, `*.headers.${field}`]);

/**
 * The root logger: JSON lines on standard output, or to `destination` in tests.
 * Call sites log a constant sentence and fields; child loggers carry `run`, `action` and `account`.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
