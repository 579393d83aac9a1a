import { ApiError, invalid } from './errors.ts';
import { TYPES } from './permission-types.ts';
import type { Answer, Call, Route } from './router.ts';
import type { Store } from './store.ts';

/** Who has which permission on an object. */
export interface Entry {
  user_name?: string;
  group_name?: string;
  service_principal_name?: string;
  permission_level?: string;
}

/** What permissions need of the rest. */
export interface PermissionLookups {
  hasObject(type: string, id: string): boolean;
  hasPrincipal(kind: 'user' | 'group' | 'service_principal', name: string): boolean;
  /** Who made an object; undefined when that is not known. */
  creatorOf(type: string, id: string): Entry | undefined;
}

/** Permissions of objects. */
export interface Permissions {
  routes: Route[];
  /** Gives a new object the permissions that came with it; its creator owns it unless the list says who does. @throws ApiError for a list that the service would refuse. */
  grant(type: string, id: string, creator: Entry, entries: Entry[]): void;
}

/** Opens permissions; the admins group can manage everything by inheritance. */
export function createPermissions(store: Store, lookups: PermissionLookups): Permissions {
  const all = store.collection<Entry[]>('permissions');
  const find = ({ params }: Call, prefix: string) => {
    const path = prefix + String(params.type);
    const id = String(params.id);
    const facts = TYPES[path] ?? TYPES[`${path}/${id}`];
    if (facts === undefined) throw invalid(`'${path}' is not an object type. Known: ${Object.keys(TYPES).join(', ')}.`);
    if (!lookups.hasObject(path, id))
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `${facts.type} ${id} does not exist.`);
    return { path, id, facts };
  };
  const listOf = (path: string, id: string): Entry[] => {
    const kept = all.get(`${path}/${id}`);
    const creator = kept === undefined ? lookups.creatorOf(path, id) : undefined;
    return kept ?? (creator === undefined ? [] : [own(path, creator)]);
  };
  const describe = (path: string, id: string, type: string): Answer => {
    const entries = listOf(path, id).map(({ permission_level, ...principal }) => ({
      ...principal,
      display_name: principal.user_name ?? principal.group_name ?? principal.service_principal_name,
      all_permissions: [{ permission_level, inherited: false }],
    }));
    const inherited = {
      group_name: 'admins',
      all_permissions: [
        {
          permission_level: TYPES[path]?.levels.at(-1) ?? 'CAN_MANAGE',
          inherited: true,
          inherited_from_object: [`/${path}/`],
        },
      ],
    };
    const list = path === 'authorization' ? entries : [...entries, inherited];
    return { json: { object_id: `/${path}/${id}`, object_type: type, access_control_list: list } };
  };
  const check = (entries: Entry[], levels: string[]): Entry[] => {
    for (const [index, entry] of entries.entries()) {
      const principals = PRINCIPALS.filter((name) => entry[name] !== undefined);
      const [principal] = principals;
      if (principals.length !== 1 || principal === undefined)
        throw invalid(`access_control_list[${index}] must name one of user_name, group_name, service_principal_name.`);
      if (entry.permission_level === undefined || !levels.includes(entry.permission_level)) {
        throw invalid(
          `access_control_list[${index}].permission_level must be one of ${levels.join(', ')}; got '${entry.permission_level ?? 'none'}'.`,
        );
      }
      const kind = principal.replace('_name', '') as 'user' | 'group' | 'service_principal';
      if (!lookups.hasPrincipal(kind, String(entry[principal])))
        throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Principal: ${entry[principal]} does not exist`);
    }
    return entries;
  };
  // jobs and pipelines need an owner in every list; a warehouse keeps the one it has
  const keep = (path: string, id: string, entries: Entry[]): void => {
    const owners = entries.filter((entry) => entry.permission_level === 'IS_OWNER');
    const noun = TYPES[path]?.mustOwn;
    if (noun !== undefined && owners.length !== 1) throw invalid(`The ${noun} must have exactly one owner.`);
    if (owners.some((owner) => owner.group_name !== undefined)) throw invalid('A group cannot be an owner.');
    const owner = listOf(path, id).find((entry) => entry.permission_level === 'IS_OWNER');
    const kept = owners.length === 0 && owner !== undefined ? [owner] : [];
    all.put(`${path}/${id}`, [...entries, ...kept]);
  };
  const merge = (old: Entry[], changes: Entry[]): Entry[] => {
    // a new owner takes the place of the old one
    const hasOwner = changes.some((entry) => entry.permission_level === 'IS_OWNER');
    const rest = old.filter((entry) => !hasOwner || entry.permission_level !== 'IS_OWNER');
    return [...new Map([...rest, ...changes].map((entry) => [keyOf(entry), entry])).values()];
  };

  const routesFor = (prefix: string): Route[] => {
    const template = `/api/2.0/permissions/${prefix}{type}/{id}`;
    const route = (method: string, suffix: string, handle: (call: Call) => Answer): Route => ({
      method,
      template: template + suffix,
      schema: `${method} /api/2.0/permissions/{type}/{id}${suffix}`,
      handle,
    });
    return [
      route('GET', '', (call) => {
        const { path, id, facts } = find(call, prefix);
        return describe(path, id, facts.type);
      }),
      route('PUT', '', (call) => {
        const { path, id, facts } = find(call, prefix);
        keep(path, id, check((call.body.access_control_list ?? []) as Entry[], facts.levels));
        return describe(path, id, facts.type);
      }),
      route('PATCH', '', (call) => {
        const { path, id, facts } = find(call, prefix);
        const changes = check((call.body.access_control_list ?? []) as Entry[], facts.levels);
        keep(path, id, merge(listOf(path, id), changes));
        return describe(path, id, facts.type);
      }),
      route('GET', '/permissionLevels', (call) => {
        const { facts } = find(call, prefix);
        return {
          json: {
            permission_levels: facts.levels.map((permission_level) => ({
              permission_level,
              description: permission_level.toLowerCase().replaceAll('_', ' '),
            })),
          },
        };
      }),
    ];
  };
  return {
    routes: [...routesFor('sql/'), ...routesFor('')],
    grant(path, id, creator, entries) {
      if (entries.length === 0) return;
      const checked = check(entries, TYPES[path]?.levels ?? []);
      const hasOwner = checked.some((entry) => entry.permission_level === 'IS_OWNER');
      keep(path, id, hasOwner ? checked : [own(path, creator), ...checked]);
    },
  };
}

const PRINCIPALS = ['user_name', 'group_name', 'service_principal_name'] as const;

function own(path: string, creator: Entry): Entry {
  const levels = TYPES[path]?.levels ?? [];
  return { ...creator, permission_level: levels.includes('IS_OWNER') ? 'IS_OWNER' : 'CAN_MANAGE' };
}

function keyOf(entry: Entry): string {
  return `${entry.user_name}/${entry.group_name}/${entry.service_principal_name}`;
}
