/** From least to most; each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'builder', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Whether a role may do what another one is needed for. */
export function mayAct(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
