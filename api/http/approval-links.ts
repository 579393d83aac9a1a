import type { Caller } from '../../engine/access/actor.ts';
import { mayAct } from '../../engine/access/roles.ts';
import type { Context } from '../../engine/context.ts';
import { completeLinks } from '../../engine/secrets/deferred-links.ts';
import { REQUIRED_ROLES } from '../roles.ts';

/**
 * JSON text as its reader may see it. An approval link decides without an API key, so what is stored holds it without its
 * signature; callers who may decide by key are shown the whole link.
 */
export async function showApprovalLinks(
  ctx: Context,
  text: string,
  caller: Pick<Caller, 'role' | 'tenant'> | null,
): Promise<string> {
  const least = REQUIRED_ROLES['POST /v1/runs/{id}/approve'];
  if (caller === null || least === undefined || least === 'anyone' || !mayAct(caller.role, least)) return text;
  return (await completeLinks(ctx, caller.tenant, text)).value;
}
