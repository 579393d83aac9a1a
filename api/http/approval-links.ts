import type { Caller } from '../../engine/access/api-keys.ts';
import { mayAct } from '../../engine/access/roles.ts';
import { LEAST_ROLES } from '../roles.ts';

/** Path and signature of a link as engine/keys/signed-links.ts makes it. */
const LINK = /(\/approvals\/[a-z0-9_.]+\.)[0-9a-f]{32}/g;

/**
 * JSON text as its reader may see it. An approval link decides without an API key, and stands in events, in inputs of steps that send it
 * and in what they answer; whoever may not decide by key sees it without its signature.
 */
export function hideApprovalLinks(text: string, caller: Pick<Caller, 'role'> | null): string {
  const least = LEAST_ROLES['POST /v1/runs/{id}/approve'];
  if (caller === null || least === undefined || least === 'anyone' || mayAct(caller.role, least)) return text;
  return text.replaceAll(LINK, '$1hidden');
}
