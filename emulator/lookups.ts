import { ApiError } from './errors.ts';
import type { PermissionLookups } from './permissions.ts';
import type { Identity } from './tokens.ts';
import { missing } from './unity/answers.ts';
import type { GrantLookups } from './unity/grants.ts';
import { fullNameText } from './unity/names.ts';
import type { Unity } from './unity/registry.ts';
import type { Workspace } from './workspace.ts';

/** Kinds of objects by the path that permissions name them with. */
export type ObjectKinds = Record<string, { has(id: string): boolean; creatorOf?(id: string): string | undefined }>;

/** Whether objects with permissions exist, and who made them; an object of a kind that is not told here counts as there. */
export function permissionLookups(
  kinds: ObjectKinds,
  hasPrincipal: PermissionLookups['hasPrincipal'],
): PermissionLookups {
  return {
    hasPrincipal,
    hasObject: (type, id) => kinds[type]?.has(id) ?? true,
    creatorOf(type, id) {
      const name = kinds[type]?.creatorOf?.(id);
      return name === undefined ? undefined : principalEntry(name);
    },
  };
}

/** How a permission names a user (by e-mail address) or a service principal. */
function principalEntry(name: string): { user_name: string } | { service_principal_name: string } {
  return name.includes('@') ? { user_name: name } : { service_principal_name: name };
}

/** Owners of Unity Catalog's objects, and what holds them. */
export function grantLookups(
  workspace: Workspace,
  unity: Unity,
  parts: {
    securable(type: string, name: string): { owner: string } | undefined;
    principals: Pick<PermissionLookups, 'hasPrincipal'>;
    admin: Identity;
  },
): GrantLookups {
  const metastore = { type: 'metastore', name: workspace.accountId };
  const COLLECTIONS: Record<string, { has(key: string): boolean; get(key: string): { owner: string } | undefined }> = {
    volume: unity.volumes,
    function: workspace.store.collection<{ owner: string }>('uc_functions'),
    registered_model: workspace.store.collection<{ owner: string }>('uc_models'),
  };
  return {
    hasPrincipal: (name) =>
      name === 'account users' ||
      (['user', 'group', 'service_principal'] as const).some((kind) => parts.principals.hasPrincipal(kind, name)),
    async require(type, name) {
      const [catalog = '', schema = '', object = ''] = name.split('.');
      const above = [
        ...(object === '' ? [] : [{ type: 'schema', name: `${catalog}.${schema}` }]),
        ...(schema === '' ? [] : [{ type: 'catalog', name: catalog }]),
        metastore,
      ];
      if (type === 'metastore') {
        if (name !== workspace.accountId)
          throw new ApiError(404, 'METASTORE_DOES_NOT_EXIST', `Metastore '${name}' does not exist.`);
        return { owner: parts.admin.userName, above: [] };
      }
      if (type === 'catalog') {
        const meta = unity.catalogs.get(name);
        if (meta === undefined) throw missing('CATALOG', name);
        return { owner: meta.owner, above };
      }
      if (type === 'schema') {
        if (!unity.catalogs.has(catalog) || !(await unity.schemaNames(catalog)).includes(schema))
          throw missing('SCHEMA', name);
        return { owner: unity.schemas.get(name)?.owner ?? parts.admin.userName, above };
      }
      if (type === 'table') {
        const full = { catalog, schema, name: object };
        const kind = await unity.kindOf(full);
        if (kind === undefined) throw missing('TABLE', fullNameText(full));
        return { owner: unity.tableMeta(full, kind === 'view').owner, above };
      }
      const found = COLLECTIONS[type]?.get(name) ?? parts.securable(type, name);
      if (found === undefined)
        throw new ApiError(
          404,
          `${type.toUpperCase()}_DOES_NOT_EXIST`,
          `${type.replaceAll('_', ' ')} '${name}' does not exist.`,
        );
      return { owner: found.owner, above: object === '' ? [metastore] : above };
    },
  };
}
