import { ConnectorError } from '../../connector/errors.ts';
import type { RedisClient } from './redis-client.ts';
import type { Keys } from './redis-keys.ts';

/** How much a tenant may have of something. */
interface Quota {
  /** More than any ordinary use meets; it bounds what one tenant can take from the others. */
  limit: number;
  what: string;
  /** It comes free again by itself, so the caller may wait: 429. Otherwise something must be deleted: 403. */
  isTransient?: true;
}

/** Every quota with its default, in the order in which they are shown. */
export const QUOTAS = Object.freeze({
  unfinished_runs: { limit: 200_000, what: 'runs that have not ended', isTransient: true },
  artifact_bytes: { limit: 1024 ** 4, what: 'bytes of artifacts kept' },
  input_bytes: { limit: 8 * 1024 ** 3, what: 'bytes of inputs and metadata in the records of runs' },
  file_bytes: { limit: 1024 ** 4, what: 'bytes of files that core.file wrote' },
  workflows: { limit: 50_000, what: 'workflows' },
  workflow_versions: { limit: 500_000, what: 'versions of workflows' },
  workflow_bytes: { limit: 2 * 1024 ** 3, what: 'bytes of versions of workflows' },
  schedules: { limit: 50_000, what: 'enabled workflows with a schedule' },
  linked_accounts: { limit: 100_000, what: 'linked accounts' },
  authentications: { limit: 200_000, what: 'authentications' },
  oauth_apps: { limit: 1000, what: 'OAuth apps' },
  connectors: { limit: 100, what: 'connectors of its own' },
  connector_bytes: {
    limit: 32 * 1024 ** 2,
    what: 'bytes of connectors of its own, with revisions that runs still use',
  },
  api_keys: { limit: 1000, what: 'API keys' },
  webhook_endpoints: { limit: 20, what: 'webhook endpoints' },
  streams: { limit: 1000, what: 'open event streams', isTransient: true },
  waits: { limit: 1000, what: 'requests held by "Prefer: wait"', isTransient: true },
} satisfies Record<string, Quota>);

export type QuotaName = keyof typeof QUOTAS;
export const QUOTA_NAMES = Object.freeze(Object.keys(QUOTAS) as QuotaName[]);

type Place = { redis: RedisClient; keys: Keys };

/** A run that ends makes room, a stream that is closed too. */
const RETRY_MS = 5000;

/** What each quota counts, where the members of a sorted set are what is counted. */
function quotaIndex(keys: Keys, tenant: string, name: QuotaName): string {
  switch (name) {
    case 'workflows':
      return keys.objects('workflow', tenant);
    case 'schedules':
      return keys.schedules(tenant);
    case 'streams':
      return keys.streams(tenant);
    case 'waits':
      return keys.waits(tenant);
    case 'file_bytes':
      return keys.fileBytes(tenant);
    case 'linked_accounts':
      return keys.records('linked_account', tenant);
    case 'authentications':
      return keys.records('authentication', tenant);
    case 'oauth_apps':
      return keys.records('oauth_app', tenant);
    case 'api_keys':
      return keys.records('api_key', tenant);
    case 'webhook_endpoints':
      return keys.records('webhook_endpoint', tenant);
    case 'unfinished_runs':
    case 'artifact_bytes':
    case 'input_bytes':
    case 'workflow_versions':
    case 'workflow_bytes':
    case 'connectors':
    case 'connector_bytes':
      return keys.usage(tenant);
    default:
      return name satisfies never;
  }
}

/** A check of `transact`: there is room for one more, or `member` is counted already. The transaction throws when there is not. */
export function quotaCheck(
  { keys }: Pick<Place, 'keys'>,
  of: { tenant: string; name: QuotaName; member?: string },
): ['quota', index: string, name: QuotaName, quotas: string, limit: string, member: string] {
  const { tenant, name, member = '' } = of;
  return ['quota', quotaIndex(keys, tenant, name), name, keys.quotas(tenant), String(QUOTAS[name].limit), member];
}

/** A check of `transact`: there is room for so much more of what `usage` counts. What it takes is a write beside it: `usageWrite`. */
export function usageCheck(
  { keys }: Pick<Place, 'keys'>,
  of: { tenant: string; name: QuotaName; amount: number },
): ['usage', usage: string, name: QuotaName, quotas: string, limit: string, amount: string] {
  const { tenant, name, amount } = of;
  return ['usage', keys.usage(tenant), name, keys.quotas(tenant), String(QUOTAS[name].limit), String(amount)];
}

/** A write of `transact` that counts what is taken, or given back when it is less than nothing. */
export function usageWrite(
  { keys }: Pick<Place, 'keys'>,
  of: { tenant: string; name: QuotaName; amount: number },
): ['HINCRBY', usage: string, name: QuotaName, amount: number] {
  return ['HINCRBY', keys.usage(of.tenant), of.name, of.amount];
}

/** The error of a request beyond a quota. `found` is `<used>/<limit>`, as the scripts say it. */
export function quotaExceeded(name: QuotaName, found: string): ConnectorError {
  const [used = 0, limit = 0] = found.split('/').map(Number);
  const quota = { name, limit, used };
  const { what, isTransient }: Quota = QUOTAS[name];
  const message = `the tenant has ${used} ${what}, and its quota "${name}" is ${limit}`;
  const raise = 'An operator can raise it with "penstock tenants update TENANT --quota NAME=N".';
  return isTransient === true
    ? new ConnectorError('ERR_QUOTA_BUSY', message, {
        hint: `Wait until some of them have ended. ${raise}`,
        quota,
        retryAfterMs: RETRY_MS,
        sent: 'no',
      })
    : new ConnectorError('ERR_QUOTA_EXCEEDED', message, {
        hint: `Delete what is no longer needed. ${raise}`,
        quota,
        sent: 'no',
      });
}

/** Whether an error means that a tenant has used a quota up. */
export function isQuotaError(error: unknown): boolean {
  return error instanceof ConnectorError && (error.code === 'ERR_QUOTA_BUSY' || error.code === 'ERR_QUOTA_EXCEEDED');
}

/** Limits and use of a tenant, in two round trips. */
export async function readQuotas(
  { redis, keys }: Place,
  tenant: string,
): Promise<Record<QuotaName, { limit: number; used: number }>> {
  const reading = redis
    .pipeline()
    .hgetall(keys.quotas(tenant))
    .hgetall(keys.usage(tenant))
    .hvals(keys.fileBytes(tenant));
  const sums = [keys.usage(tenant), keys.fileBytes(tenant)];
  const counted = QUOTA_NAMES.filter((name) => !sums.includes(quotaIndex(keys, tenant, name)));
  for (const name of counted) reading.zcard(quotaIndex(keys, tenant, name));
  const answers = ((await reading.exec()) ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
  const [limits, usage, files, ...counts] = answers as [
    Record<string, string>,
    Record<string, string>,
    string[],
    ...number[],
  ];
  usage.file_bytes = String(files.reduce((sum, bytes) => sum + Number(bytes), 0));
  const used = (name: QuotaName) => counts[counted.indexOf(name)] ?? Math.max(0, Number(usage[name] ?? 0));
  return Object.fromEntries(
    QUOTA_NAMES.map((name) => [name, { limit: Number(limits[name] ?? QUOTAS[name].limit), used: used(name) }]),
  ) as Record<QuotaName, { limit: number; used: number }>;
}
