import { denied } from './errors.ts';
import { SqlError } from './sql/error.ts';

/** Kinds of objects that can be forbidden. */
export type Securable = 'catalog' | 'schema' | 'table' | 'volume' | 'warehouse' | 'job' | 'cluster' | 'path';

/** What the caller may not use; everything else is allowed. */
export interface Access {
  /** Forbids an object: a catalog `secret` takes everything in it along. */
  forbid(kind: Securable, name: string): void;
  allow(kind: Securable, name: string): void;
  list(): { kind: Securable; name: string }[];
  readonly any: boolean;
  allows(kind: Securable, name: string): boolean;
  /** @throws ApiError PERMISSION_DENIED when the object, or what holds it, is forbidden. */
  check(kind: Securable, name: string, privilege: string): void;
  /** @throws SqlError INSUFFICIENT_PERMISSIONS likewise. */
  checkSql(kind: Securable, name: string, privilege: string): void;
}

/** Makes an access list in which nothing is forbidden. */
export function createAccess(): Access {
  const forbidden = new Set<string>();
  const key = (kind: Securable, name: string) => `${kind} ${name.toLowerCase()}`;
  // main.sales.orders is forbidden with main.sales and with main
  const isForbidden = (kind: Securable, name: string) => {
    if (forbidden.has(key(kind, name))) return true;
    const parts = name.toLowerCase().split('.');
    if (kind === 'table' || kind === 'volume')
      return forbidden.has(key('schema', parts.slice(0, 2).join('.'))) || forbidden.has(key('catalog', parts[0] ?? ''));
    return kind === 'schema' && forbidden.has(key('catalog', parts[0] ?? ''));
  };
  return {
    forbid: (kind, name) => void forbidden.add(key(kind, name)),
    allow: (kind, name) => void forbidden.delete(key(kind, name)),
    list: () =>
      [...forbidden].map((entry) => ({
        kind: entry.split(' ')[0] as Securable,
        name: entry.slice(entry.indexOf(' ') + 1),
      })),
    get any() {
      return forbidden.size > 0;
    },
    allows: (kind, name) => !isForbidden(kind, name),
    check(kind, name, privilege) {
      if (isForbidden(kind, name)) throw denied(`User does not have ${privilege} on ${title(kind)} '${name}'.`);
    },
    checkSql(kind, name, privilege) {
      if (isForbidden(kind, name)) throw insufficient(`User does not have ${privilege} on ${title(kind)} '${name}'.`);
    },
  };
}

/** The error of a statement that touches what the caller may not use. */
export function insufficient(text: string): SqlError {
  return new SqlError('INSUFFICIENT_PERMISSIONS', '42501', `Insufficient privileges:\n${text}`);
}

function title(kind: Securable): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
