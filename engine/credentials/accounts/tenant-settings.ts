import type { JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';
import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { ensureTenant, type Tenant } from '../../access/tenants.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { readRecord, type Store, updateWrites } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { indexWorkspaces } from '../records/workspace-index.ts';

/** Body of `PATCH /v1/tenant`. */
export const TENANT_CHANGE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    name: {
      title: 'Name',
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      format: 'label',
      description: 'Shown to end users on connect pages',
    },
    one_account_per_workspace: { title: 'One linked account per workspace', type: 'boolean' },
    require_warehouse: { title: 'A linked account must name a warehouse', type: 'boolean' },
    return_urls: {
      title: 'Return URLs',
      type: 'array',
      maxItems: 20,
      uniqueItems: true,
      items: { type: 'string', format: 'uri', pattern: '^https?://', maxLength: 2048 },
      description: 'URLs to which connect links can redirect end users; compared letter by letter',
    },
  },
});

const changeBody = compileSchema(TENANT_CHANGE_SCHEMA);

/** Changes name or rules; accounts that are there stay as they are. @throws ConnectorError ERR_INPUT_INVALID */
export async function updateTenant(
  store: Store & Pick<Context, 'clock' | 'meters'>,
  caller: Actor,
  body: unknown,
): Promise<Tenant> {
  const change = changeBody.check(body, 'the tenant') as Partial<Tenant>;
  await ensureTenant(store, caller.tenant);
  const changed = await compareAndSet(store, 'the tenant', async () => {
    const record = (await readRecord<Tenant>(store, 'tenant', caller.tenant))!;
    const value = { ...record.value, ...change };
    return {
      checks: [unchanged(store, 'tenant', caller.tenant, record)],
      writes: [
        ...updateWrites(store, { kind: 'tenant', id: caller.tenant, version: record.version }, { value }),
        auditWrite(store, caller, {
          action: 'tenant.update',
          target: { kind: 'tenant', id: caller.tenant },
          details: { fields: Object.keys(change) },
        }),
      ],
      result: value,
    };
  });
  // After the rule stands: what is connected from now on notes itself.
  if (change.one_account_per_workspace === true) await indexWorkspaces(store, caller.tenant);
  return changed;
}
