import { mayAct, type Role } from '../engine/access/roles.ts';
import { REQUIRED_ROLES } from './roles.ts';

/** What a role may call: `<METHOD> <path>` as OpenAPI writes paths, without the routes that anyone may call; sorted. */
export function rightsOf(role: Role): string[] {
  const allowed = Object.entries(REQUIRED_ROLES).filter(
    ([, required]) => required !== 'anyone' && mayAct(role, required),
  );
  return allowed.map(([route]) => route).sort();
}
