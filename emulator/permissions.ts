import { ApiError, invalid } from './errors.ts';
import type { Answer, Call, Route } from './router.ts';
import type { Store } from './store.ts';

interface Entry {
  user_name?: string;
  group_name?: string;
  service_principal_name?: string;
  permission_level?: string;
}

/** Object types by path, with the name in `object_type` and their levels, lowest first. */
const TYPES: Record<string, { type: string; levels: string[] }> = {
  jobs: { type: 'job', levels: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'IS_OWNER', 'CAN_MANAGE'] },
  clusters: { type: 'cluster', levels: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'] },
  'sql/warehouses': { type: 'warehouses', levels: ['CAN_VIEW', 'CAN_MONITOR', 'CAN_USE', 'IS_OWNER', 'CAN_MANAGE'] },
  notebooks: { type: 'notebook', levels: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'] },
  directories: { type: 'directory', levels: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'] },
  files: { type: 'file', levels: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'] },
  'serving-endpoints': { type: 'serving-endpoint', levels: ['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE'] },
  genie: { type: 'genie', levels: ['CAN_VIEW', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'] },
};

/** What permissions need of the rest: whether an object and a principal exist. */
export interface PermissionLookups {
  hasObject(type: string, id: string): boolean;
  hasPrincipal(kind: 'user' | 'group' | 'service_principal', name: string): boolean;
}

/** Permissions of objects; the admins group can manage everything by inheritance. */
export function permissionRoutes(store: Store, lookups: PermissionLookups): Route[] {
  const all = store.collection<Entry[]>('permissions');
  const find = (
    { params }: Call,
    prefix: string,
  ): { path: string; id: string; facts: { type: string; levels: string[] } } => {
    const path = prefix + String(params.type);
    const facts = TYPES[path];
    if (facts === undefined) throw invalid(`'${path}' is not an object type. Known: ${Object.keys(TYPES).join(', ')}.`);
    const id = String(params.id);
    if (!lookups.hasObject(path, id))
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `${facts.type} ${id} does not exist.`);
    return { path, id, facts };
  };
  const describe = (path: string, id: string, type: string): Answer => {
    const own = (all.get(`${path}/${id}`) ?? []).map(({ permission_level, ...principal }) => ({
      ...principal,
      display_name: principal.user_name ?? principal.group_name ?? principal.service_principal_name,
      all_permissions: [{ permission_level, inherited: false }],
    }));
    const inherited = {
      group_name: 'admins',
      all_permissions: [{ permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: [`/${path}/`] }],
    };
    return { json: { object_id: `/${path}/${id}`, object_type: type, access_control_list: [...own, inherited] } };
  };
  const check = (entries: Entry[], levels: string[]): Entry[] => {
    for (const [index, entry] of entries.entries()) {
      const principals = (['user_name', 'group_name', 'service_principal_name'] as const).filter(
        (name) => entry[name] !== undefined,
      );
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
  const keyOf = (entry: Entry) => `${entry.user_name}/${entry.group_name}/${entry.service_principal_name}`;

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
        all.put(`${path}/${id}`, check((call.body.access_control_list ?? []) as Entry[], facts.levels));
        return describe(path, id, facts.type);
      }),
      route('PATCH', '', (call) => {
        const { path, id, facts } = find(call, prefix);
        const changes = check((call.body.access_control_list ?? []) as Entry[], facts.levels);
        const merged = new Map([...(all.get(`${path}/${id}`) ?? []), ...changes].map((entry) => [keyOf(entry), entry]));
        all.put(`${path}/${id}`, [...merged.values()]);
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
  return [...routesFor('sql/'), ...routesFor('')];
}
