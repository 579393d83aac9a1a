import { ConnectorError } from '../../connector/errors.ts';
import { QUOTA_NAMES, type QuotaName, readQuotas } from '../store/quotas.ts';
import { transact } from '../store/records.ts';
import type { Actor } from './actor.ts';
import { auditWrite } from './audit.ts';
import type { Context } from './context.ts';

/**
 * Sets quotas of a tenant, an operator's to do; `undefined` as a limit goes back to the default. What the tenant has beyond a new
 * limit stays. Holds for requests from then on.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID
 */
export async function setQuotas(
  ctx: Context,
  operator: Actor,
  wish: { tenant: string; quotas: Partial<Record<string, number | undefined>> },
): Promise<{ tenant: string; quotas: Awaited<ReturnType<typeof readQuotas>> }> {
  const { tenant, quotas } = wish;
  const { keys } = ctx;
  for (const [name, limit] of Object.entries(quotas)) checkQuota(name, limit);
  const set = Object.entries(quotas).flatMap(([name, limit]) => (limit === undefined ? [] : [name, limit]));
  const unset = Object.entries(quotas).flatMap(([name, limit]) => (limit === undefined ? [name] : []));
  const failed = await transact(
    ctx,
    [['exists', keys.record('tenant', tenant)]],
    [
      ...(set.length === 0 ? [] : [['HSET', keys.quotas(tenant), ...set] as [string, string, ...(string | number)[]]]),
      ...(unset.length === 0 ? [] : [['HDEL', keys.quotas(tenant), ...unset] as [string, string, ...string[]]]),
      auditWrite(ctx, operator, {
        action: 'tenant.set_quotas',
        target: { kind: 'tenant', id: tenant },
        details: Object.fromEntries(Object.entries(quotas).map(([name, limit]) => [name, limit ?? 'default'])),
      }),
    ],
  );
  if (failed !== undefined)
    throw new ConnectorError('ERR_NOT_FOUND', `there is no tenant "${tenant}"`, {
      hint: '"penstock tenants" lists them.',
    });
  return { tenant, quotas: await readQuotas(ctx, tenant) };
}

function checkQuota(name: string, limit: number | undefined): asserts name is QuotaName {
  const isKnown = (QUOTA_NAMES as readonly string[]).includes(name);
  if (isKnown && (limit === undefined || (Number.isSafeInteger(limit) && limit >= 0))) return;
  const message = isKnown
    ? `must be a whole number from 0, or "default"; it is ${limit}`
    : `is not a quota; there are ${QUOTA_NAMES.join(', ')}`;
  throw new ConnectorError('ERR_INPUT_INVALID', `"${name}" ${message}`, {
    errors: [{ pointer: `/quotas/${name}`, message, ...(isKnown ? {} : { allowed: QUOTA_NAMES }) }],
  });
}
