import { ConnectorError } from '../../../connector/errors.ts';
import type { PermissionProbe } from '../../../services/account-service.ts';
import type { Context } from '../context.ts';
import type { Credential } from '../records/token-cache.ts';
import { callWith } from '../tokens/probe.ts';

/** One thing that actions need, and whether this credential has it; null when it could not be found out. */
export interface Permission {
  permission: string;
  granted: boolean | null;
  /** What an administrator can do about it. */
  hint?: string;
}

/**
 * Which of the permissions that the connector's actions need are missing: scopes by what the service said it granted,
 * everything else by asking for one item. All requests are reads. Never throws for a refusal.
 */
export async function examinePermissions(
  ctx: Pick<Context, 'http' | 'clock' | 'manifests'>,
  credential: Credential,
  grantedScopes: readonly string[] | undefined,
): Promise<Permission[]> {
  const probes = credential.connector.service.permissionProbes?.(credential.account) ?? [];
  const asked = await Promise.all(probes.map((wanted) => ask(ctx, credential, wanted)));
  return [...scopePermissions(ctx, credential, grantedScopes), ...asked.flat()];
}

async function ask(
  ctx: Pick<Context, 'http' | 'clock' | 'manifests'>,
  credential: Credential,
  wanted: PermissionProbe,
): Promise<Permission[]> {
  const action = ctx.manifests.actions.get(wanted.action);
  if (action?.manifest.request === undefined) return [];
  const { permission, hint } = wanted;
  try {
    await callWith(ctx, credential, action.manifest.request, { action, input: wanted.input });
    return [{ permission, granted: true }];
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    // What is listed may not be there at all; one object that is not found is hidden or gone.
    const isHidden = error.kind === 'not_found' && wanted.isHidden === true;
    const isRefused = error.kind === 'permission' || error.kind === 'auth' || isHidden;
    return [{ permission, granted: isRefused ? false : null, hint: isRefused ? (error.hint ?? hint) : error.message }];
  }
}

/** Only where the service told what it granted; a static token does not say. */
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
