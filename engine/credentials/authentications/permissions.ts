import { ConnectorError } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';
import { type Credential, callWith } from '../tokens/probe.ts';

/** One thing that actions need, and whether this credential has it; null when it could not be found out. */
export interface Permission {
  permission: string;
  granted: boolean | null;
  /** What an administrator can do about it. */
  hint?: string;
}

interface PermissionProbe {
  permission: string;
  /** Action without its connector's id. */
  action: string;
  input: JsonObject;
  hint: string;
}

/** Each asks for one item of what most actions begin with. */
const PROBES = Object.freeze<PermissionProbe[]>([
  {
    permission: 'SQL warehouses',
    action: 'query_warehouses',
    input: { page_size: 1 },
    hint: 'Grant the entitlement Databricks SQL access.',
  },
  { permission: 'Jobs', action: 'query_jobs', input: { limit: 1 }, hint: 'Grant the entitlement Workspace access.' },
  {
    permission: 'Unity Catalog',
    action: 'query_catalogs',
    input: { max_results: 1 },
    hint: 'Grant USE CATALOG on the catalogs that are used.',
  },
]);

/**
 * Which of the permissions that the connector's actions need are missing: scopes by what the service said it granted,
 * everything else by asking for one item. All requests are reads. Never throws for a refusal.
 */
export async function examinePermissions(
  ctx: Pick<Context, 'http' | 'clock' | 'manifests'>,
  credential: Credential,
  of: { grantedScopes: readonly string[] | undefined; warehouseId: string | undefined },
): Promise<Permission[]> {
  if (credential.accountId !== undefined) return scopePermissions(ctx, credential, of.grantedScopes);
  const warehouse: PermissionProbe[] =
    of.warehouseId === undefined
      ? []
      : [
          {
            permission: `SQL warehouse ${of.warehouseId}`,
            action: 'retrieve_warehouse',
            input: { id: of.warehouseId },
            hint: 'Grant CAN USE on the warehouse, or choose a different default warehouse.',
          },
        ];
  const asked = await Promise.all([...PROBES, ...warehouse].map((wanted) => ask(ctx, credential, wanted)));
  return [...scopePermissions(ctx, credential, of.grantedScopes), ...asked.flat()];
}

async function ask(
  ctx: Pick<Context, 'http' | 'clock' | 'manifests'>,
  credential: Credential,
  wanted: PermissionProbe,
): Promise<Permission[]> {
  const action = ctx.manifests.actions.get(`${credential.connector.id}.${wanted.action}`);
  if (action?.manifest.request === undefined) return [];
  const { permission, hint } = wanted;
  try {
    await callWith(ctx, credential, action.manifest.request, { action, input: wanted.input });
    return [{ permission, granted: true }];
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    // A workspace without Unity Catalog does not know its path; one warehouse that is not found is hidden or gone.
    const isHidden = error.kind === 'not_found' && wanted.input.id !== undefined;
    const isRefused = error.kind === 'permission' || error.kind === 'auth' || isHidden;
    return [{ permission, granted: isRefused ? false : null, hint: isRefused ? (error.hint ?? hint) : error.message }];
  }
}

/** Only where the service told what it granted; a personal access token does not say. */
function scopePermissions(
  ctx: Pick<Context, 'manifests'>,
  { connector }: Credential,
  granted: readonly string[] | undefined,
): Permission[] {
  if (granted === undefined) return [];
  const needed = new Set<string>();
  for (const { manifest, connector: own } of ctx.manifests.actions.values()) {
    if (own.id === connector.id) for (const scope of manifest.requires?.scopes ?? []) needed.add(scope);
  }
  return [...needed].map((scope) =>
    granted.includes(scope)
      ? { permission: `scope ${scope}`, granted: true }
      : {
          permission: `scope ${scope}`,
          granted: false,
          hint: `Add the scope ${scope} to the OAuth app or the authentication, then renew the authentication.`,
        },
  );
}
