import { nearestNames } from '../../connector/nearest.ts';
import type { Finding } from './doctor.ts';

/** Every variable of that name that a part of Penstock, or its container, reads. */
export const VARIABLES = [
  'ALLOWED_HOSTS',
  'API_KEY',
  'ARTIFACTS',
  'CONCURRENCY',
  'CONNECTORS',
  'DATA',
  'ENCRYPTION_KEYS',
  'EXPRESSION_MAX_BYTES',
  'HOST',
  'LAUNCHER',
  'MEMORY',
  'METRICS_PORT',
  'METRICS_TOKEN',
  'PARTS',
  'PORT',
  'PUBLIC_URL',
  'RETENTION_DAYS',
  'RETENTION_RUNS',
  'TRUSTED_PROXIES',
  'URL',
].map((name) => `PENSTOCK_${name}`);

/** Variables whose names begin as Penstock's do and are none: nothing reads them, and nothing else would say so. */
export function examineNames(env: Readonly<Record<string, string | undefined>>): Finding[] {
  return Object.keys(env)
    .filter((name) => /^penstock_?/i.test(name) && !VARIABLES.includes(name))
    .map((name) => {
      const [near] = nearestNames(name, VARIABLES);
      return {
        subject: 'Variable',
        ok: false,
        found: `${name} is not a known variable`,
        remedy: near === undefined ? `Remove it. Known variables: ${VARIABLES.join(', ')}.` : `Did you mean ${near}?`,
      };
    });
}
