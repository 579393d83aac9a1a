import { randomUUID } from 'node:crypto';
import { ApiError, invalid } from '../errors.ts';
import { route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { listPage } from './answers.ts';
import type { Meta } from './registry.ts';

/** A kind of securable that lies directly in the metastore: external locations, storage credentials, connections and so on. */
export interface SecurableKind {
  /** Path segment, and key of lists with underscores: `external-locations`. */
  path: string;
  /** As grants name it: `external_location`. */
  type: string;
  /** As messages name it. */
  title: string;
  /** The name of the path parameter in the tables. */
  param: string;
  /** The field that holds the object's own id, if it has one. */
  id?: string;
  /** Checks a new or changed object. @throws ApiError for what the service would refuse. */
  check?(object: Record<string, unknown>, has: (type: string, name: string) => boolean): void;
  /** What answers have besides the object's fields; secrets go. */
  describe?(object: Meta): Record<string, unknown>;
  /** Why an object cannot be deleted without `force`. */
  usedBy?(name: string, all: (type: string) => Meta[]): string | undefined;
}

/** Securables of the metastore. */
export interface Securables {
  routes: Route[];
  /** The object of a type, or undefined. */
  get(type: string, name: string): Meta | undefined;
}

const ROOT = '/api/2.1/unity-catalog';
const TRANSIENT = ['skip_validation', 'force', 'new_name'];

/** Opens securables of the given kinds: list, create, get, update with rename, delete. */
export function openSecurables(workspace: Workspace, kinds: SecurableKind[]): Securables {
  const collectionOf = (type: string) => workspace.store.collection<Meta>(`uc_${type}`);
  const has = (type: string, name: string) => collectionOf(type).has(name);
  const routesOf = (kind: SecurableKind): Route[] => {
    const all = collectionOf(kind.type);
    const base = `${ROOT}/${kind.path}`;
    const one = `${base}/{${kind.param}}`;
    const CODE = kind.type.toUpperCase();
    const find = (name: unknown): Meta => {
      const found = all.get(String(name).toLowerCase());
      if (found === undefined)
        throw new ApiError(404, `${CODE}_DOES_NOT_EXIST`, `${kind.title} '${name}' does not exist.`);
      return found;
    };
    const checkFree = (name: string) => {
      if (all.has(name)) throw new ApiError(409, `${CODE}_ALREADY_EXISTS`, `${kind.title} '${name}' already exists`);
    };
    const kept = (fields: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !TRANSIENT.includes(name)));
    const describe = (object: Meta) => ({
      ...object,
      metastore_id: workspace.accountId,
      ...kind.describe?.(object),
    });
    return [
      route('GET', base, ({ query }) => {
        const objects = all.values().sort((a, b) => a.name.localeCompare(b.name));
        const key = kind.path.replaceAll('-', '_');
        return { json: listPage(key, objects.map(describe), query, { list: kind.path, visible: () => true }) };
      }),
      route('POST', base, ({ body, identity }) => {
        const name = String(body.name).toLowerCase();
        if (!/^[\w-]{1,255}$/.test(name))
          throw invalid(`'${body.name}' is not a valid name: use letters, digits, _ and -.`);
        checkFree(name);
        kind.check?.(body, has);
        const [now, by] = [workspace.now(), identity.userName];
        const made = { name, owner: by, created_at: now, created_by: by, updated_at: now, updated_by: by };
        const id = kind.id === undefined ? {} : { [kind.id]: randomUUID() };
        return { json: describe(all.put(name, { ...kept(body), ...made, ...id })) };
      }),
      route('GET', one, ({ params }) => ({ json: describe(find(params[kind.param])) })),
      route('PATCH', one, ({ params, body, identity }) => {
        const old = find(params[kind.param]);
        const name = String(body.new_name ?? old.name).toLowerCase();
        if (name !== old.name) checkFree(name);
        const changed: Meta = {
          ...old,
          ...kept(body),
          name,
          updated_at: workspace.now(),
          updated_by: identity.userName,
        };
        kind.check?.(changed, has);
        if (name !== old.name) all.delete(old.name);
        return { json: describe(all.put(name, changed)) };
      }),
      route('DELETE', one, ({ params, query }) => {
        const { name } = find(params[kind.param]);
        const user = query.force === true ? undefined : kind.usedBy?.(name, (type) => collectionOf(type).values());
        if (user !== undefined)
          throw new ApiError(
            400,
            'INVALID_STATE',
            `${kind.title} '${name}' is used by ${user}; use force to delete it.`,
          );
        all.delete(name);
        return {};
      }),
    ];
  };
  return {
    routes: kinds.flatMap(routesOf),
    get: (type, name) => collectionOf(type).get(name),
  };
}
