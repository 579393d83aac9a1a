import type { Manifests } from '../connector/manifest.ts';
import type { Role } from '../engine/access/roles.ts';

/**
 * The role for an action that changes what Penstock stores, as a route could: anyone who runs one needs the role of that route. In a
 * workflow it is run in the name of the builder who wrote it. Undefined for every other action.
 */
export function roleOfAction(manifests: Manifests, id: string | undefined): Role | undefined {
  const action = id === undefined ? undefined : manifests.actions.get(id);
  return action?.connector.service.requiredRoles?.[action.id];
}
