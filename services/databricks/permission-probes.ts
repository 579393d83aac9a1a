import type { JsonObject } from '../../connector/manifest.ts';
import type { PermissionProbe } from '../account-service.ts';

/** Each asks for one item of what most actions begin with. */
const PROBES = Object.freeze<PermissionProbe[]>([
  {
    permission: 'SQL warehouses',
    action: 'databricks.query_warehouses',
    input: { page_size: 1 },
    hint: 'Grant the entitlement Databricks SQL access.',
  },
  {
    permission: 'Jobs',
    action: 'databricks.query_jobs',
    input: { limit: 1 },
    hint: 'Grant the entitlement Workspace access.',
  },
  {
    permission: 'Unity Catalog',
    action: 'databricks.query_catalogs',
    input: { max_results: 1 },
    hint: 'Grant USE CATALOG on the catalogs that are used.',
  },
]);

/** What an authentication of a workspace needs; one of an account has no workspace to ask. */
export function permissionProbes(account: JsonObject): readonly PermissionProbe[] {
  if (account.account_id !== undefined) return [];
  const warehouse = account.default_warehouse_id;
  if (typeof warehouse !== 'string') return PROBES;
  return [
    ...PROBES,
    {
      permission: `SQL warehouse ${warehouse}`,
      action: 'databricks.retrieve_warehouse',
      input: { id: warehouse },
      hint: 'Grant CAN USE on the warehouse, or choose a different default warehouse.',
      isHidden: true,
    },
  ];
}
