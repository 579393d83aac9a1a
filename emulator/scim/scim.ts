import { ApiError, invalid } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Collection } from '../store.ts';
import type { Identity } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import { parseFilter, valuesAt } from './filter.ts';
import { applyPatch, type PatchOperation } from './patch.ts';

/** A user, group or service principal as it goes on the wire, without what is computed. */
export type Resource = Record<string, unknown> & { id: string };

interface Kind {
  /** Path segment: Users, Groups, ServicePrincipals. */
  name: string;
  schema: string;
  /** The attribute that must be there, and be unique. */
  key: string;
  attributes: string[];
  all: Collection<Resource>;
  /** Adds what is computed, such as a user's groups. */
  complete(resource: Resource): Resource;
}

const PATH = '/api/2.0/preview/scim/v2';
const JSON_TYPE = { 'content-type': 'application/scim+json' };
const VALUES = ['entitlements', 'roles', 'groups'];
const FIRST_ID = 3_000_000_000_000_001;

/** Users, groups and service principals. */
export interface Scim {
  routes: Route[];
  /** Who has this id; undefined for a principal that is gone or not active. */
  identity(id: string): Identity | undefined;
  users(): { id: string; userName: string }[];
  hasPrincipal(kind: 'user' | 'group' | 'service_principal', name: string): boolean;
}

/** Opens SCIM. The workspace's own user exists from the start, with the groups `admins` and `users`. */
export function createScim(workspace: Workspace, servicePrincipal: Identity): Scim {
  const groups = workspace.store.collection<Resource>('scim_groups');
  const groupsOf = (id: string) =>
    groups
      .values()
      .filter((group) => membersOf(group).some((member) => member.value === id))
      .map((group) => ({ display: group.displayName, type: 'direct', value: group.id, $ref: `Groups/${group.id}` }));
  const withGroups = (resource: Resource): Resource => ({ ...resource, groups: groupsOf(resource.id) });
  const users: Kind = {
    name: 'Users',
    schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
    key: 'userName',
    attributes: ['userName', 'displayName', 'active', 'emails', 'name', 'externalId', ...VALUES],
    all: workspace.store.collection<Resource>('scim_users'),
    complete: withGroups,
  };
  const principals: Kind = {
    name: 'ServicePrincipals',
    schema: 'urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal',
    key: 'applicationId',
    attributes: ['applicationId', 'displayName', 'active', 'externalId', ...VALUES],
    all: workspace.store.collection<Resource>('scim_principals'),
    complete: withGroups,
  };
  const nameOf = (id: string) =>
    users.all.get(id)?.displayName ?? principals.all.get(id)?.displayName ?? groups.get(id)?.displayName;
  const refOf = (id: string) =>
    users.all.has(id) ? `Users/${id}` : groups.has(id) ? `Groups/${id}` : `ServicePrincipals/${id}`;
  const groupKind: Kind = {
    name: 'Groups',
    schema: 'urn:ietf:params:scim:schemas:core:2.0:Group',
    key: 'displayName',
    attributes: ['displayName', 'members', 'externalId', 'meta', ...VALUES],
    all: groups,
    complete: (group) => ({
      ...withGroups(group),
      members: membersOf(group).map((member) => ({
        ...member,
        display: nameOf(String(member.value)),
        $ref: refOf(String(member.value)),
      })),
      meta: { resourceType: 'WorkspaceGroup' },
    }),
  };
  seed(workspace, users, groupKind, principals, servicePrincipal);

  const me: Route = {
    method: 'GET',
    template: `${PATH}/Me`,
    errors: 'scim',
    handle: ({ identity, query }) => {
      const kind = identity.kind === 'user' ? users : principals;
      const own = kind.complete(kind.all.get(identity.id) as Resource);
      // a service principal sees itself as a user whose name is its application id
      const { applicationId, ...rest } = own;
      const named = { ...rest, schemas: [users.schema], userName: own.userName ?? applicationId } as Resource;
      return { json: project(named, query), headers: { ...JSON_TYPE, 'x-databricks-org-id': workspace.id } };
    },
  };
  const nextId = () => {
    const counter = workspace.store.collection<number>('scim_counter');
    const id = counter.get('next') ?? FIRST_ID;
    counter.put('next', id + 1);
    return String(id);
  };
  const forget = (id: string) => {
    for (const group of groups.values()) {
      if (membersOf(group).some((member) => member.value === id))
        groups.put(group.id, { ...group, members: membersOf(group).filter((member) => member.value !== id) });
    }
  };
  const readOnly = kindRoutes(principals, nextId, forget).filter((route) => route.method === 'GET');
  const has = (kind: Kind, name: string) =>
    kind.all.values().some((item) => String(item[kind.key]).toLowerCase() === name.toLowerCase());
  return {
    routes: [me, ...kindRoutes(users, nextId, forget), ...kindRoutes(groupKind, nextId, forget), ...readOnly],
    identity(id) {
      const [user, principal] = [users.all.get(id), principals.all.get(id)];
      if ((user ?? principal)?.active === false) return undefined;
      if (user !== undefined) return { kind: 'user', id, userName: String(user.userName) };
      return principal === undefined
        ? undefined
        : { kind: 'service_principal', id, userName: String(principal.applicationId) };
    },
    users: () =>
      users.all
        .values()
        .filter((user) => user.active !== false)
        .map((user) => ({ id: user.id, userName: String(user.userName) })),
    hasPrincipal: (kind, name) => has({ user: users, group: groupKind, service_principal: principals }[kind], name),
  };
}

function kindRoutes(kind: Kind, nextId: () => string, forget: (id: string) => void): Route[] {
  const base = `${PATH}/${kind.name}`;
  const title = kind.name === 'Groups' ? 'Group' : kind.name === 'Users' ? 'User' : 'Service principal';
  const find = (id: unknown): Resource => {
    const resource = kind.all.get(String(id));
    if (resource === undefined) throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `${title} with id ${id} not found.`);
    return resource;
  };
  const answer = (resource: Resource, query: Record<string, unknown>, status = 200): Answer => ({
    status,
    json: project(kind.complete(resource), query),
    headers: JSON_TYPE,
  });
  const check = (resource: Record<string, unknown>, own?: string) => {
    const key = resource[kind.key];
    if (typeof key !== 'string' || key === '') throw invalid(`Missing required field: ${kind.key}`);
    if (kind.key === 'userName' && !/^[^\s@]+@[^\s@]+$/.test(key))
      throw invalid(`'userName' must be an e-mail address; got '${key}'.`);
    const taken = kind.all
      .values()
      .find((other) => String(other[kind.key]).toLowerCase() === key.toLowerCase() && other.id !== own);
    if (taken !== undefined)
      throw new ApiError(
        409,
        'RESOURCE_ALREADY_EXISTS',
        `${title} with ${kind.key === 'userName' ? 'username' : 'name'} ${key} already exists.`,
      );
  };

  const list = ({ query }: Call): Answer => {
    const filter = query.filter === undefined ? () => true : parseFilter(String(query.filter));
    const found = kind.all.values().map(kind.complete).filter(filter);
    if (query.sortBy !== undefined) {
      const sign = query.sortOrder === 'descending' ? -1 : 1;
      const by = (resource: Resource) => valuesAt(resource, String(query.sortBy))[0] ?? '';
      found.sort((a, b) => sign * by(a).localeCompare(by(b)));
    }
    const start = Number(query.startIndex ?? 1);
    const count = Math.max(0, Number(query.count ?? found.length));
    const Resources = found.slice(start - 1, start - 1 + count).map((resource) => project(resource, query));
    return {
      json: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: found.length,
        startIndex: start,
        itemsPerPage: Resources.length,
        Resources,
      },
      headers: JSON_TYPE,
    };
  };

  const create = ({ body }: Call): Answer => {
    check(body);
    const id = nextId();
    const { id: _id, schemas: _schemas, groups: _groups, ...fields } = body;
    const defaults =
      kind.key === 'userName'
        ? { active: true, displayName: body.userName, emails: [{ type: 'work', value: body.userName, primary: true }] }
        : {};
    return answer(kind.all.put(id, { schemas: [kind.schema], id, ...defaults, ...fields }), {}, 201);
  };

  const replace = ({ params, body }: Call): Answer => {
    const old = find(params.id);
    const { id: _id, schemas: _schemas, groups: _groups, ...fields } = body;
    // a user's name and e-mail addresses cannot be changed: such changes are ignored
    const fixed = kind.key === 'userName' ? { userName: old.userName, emails: old.emails } : {};
    const fresh: Resource = {
      schemas: [kind.schema],
      id: old.id,
      ...(kind.key === 'userName' ? { active: true } : {}),
      ...fields,
      ...fixed,
    };
    check(fresh, old.id);
    return answer(kind.all.put(old.id, fresh), {});
  };

  const patch = ({ params, body }: Call): Answer => {
    const old = find(params.id);
    const operations = (body.Operations ?? []) as PatchOperation[];
    if (operations.length === 0) throw invalid('Missing required field: Operations');
    const changed = { ...applyPatch(old, operations, kind.attributes), id: old.id } as Resource;
    check(changed, old.id);
    return answer(kind.all.put(old.id, changed), {});
  };

  const remove = ({ params }: Call): Answer => {
    const { id } = find(params.id);
    kind.all.delete(id);
    forget(id);
    return { status: 204, empty: true };
  };

  const scim = (method: string, template: string, handle: Route['handle']): Route => ({
    method,
    template,
    handle,
    errors: 'scim',
  });
  return [
    scim('GET', base, list),
    scim('POST', base, create),
    scim('GET', `${base}/{id}`, ({ params, query }) => answer(find(params.id), query)),
    scim('PUT', `${base}/{id}`, replace),
    scim('PATCH', `${base}/{id}`, patch),
    scim('DELETE', `${base}/{id}`, remove),
  ];
}

// attributes keeps the named ones (id and schemas always), excludedAttributes takes some away
function project(resource: Resource, query: Record<string, unknown>): Record<string, unknown> {
  const names = (text: unknown) =>
    String(text)
      .split(',')
      .map((name) => name.trim().split('.')[0]?.toLowerCase());
  const entries = Object.entries(resource).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  if (query.attributes !== undefined) {
    const kept = new Set([...names(query.attributes), 'id', 'schemas']);
    return Object.fromEntries(entries.filter(([name]) => kept.has(name.toLowerCase())));
  }
  const dropped = new Set(query.excludedAttributes === undefined ? [] : names(query.excludedAttributes));
  return Object.fromEntries(entries.filter(([name]) => !dropped.has(name.toLowerCase())));
}

function membersOf(group: Resource): { value?: unknown }[] {
  return (group.members as { value?: unknown }[] | undefined) ?? [];
}

function seed(workspace: Workspace, users: Kind, groups: Kind, principals: Kind, servicePrincipal: Identity): void {
  const { id, userName } = workspace.admin;
  if (!users.all.has(id)) {
    const entitlements = ['workspace-access', 'databricks-sql-access', 'allow-cluster-create'].map((value) => ({
      value,
    }));
    users.all.put(id, {
      schemas: [users.schema],
      id,
      userName,
      displayName: 'Admin',
      name: { givenName: 'Ada', familyName: 'Admin' },
      active: true,
      emails: [{ type: 'work', value: userName, primary: true }],
      entitlements,
    });
    groups.all.put('4000000000000001', {
      schemas: [groups.schema],
      id: '4000000000000001',
      displayName: 'admins',
      members: [{ value: id }],
    });
    groups.all.put('4000000000000002', {
      schemas: [groups.schema],
      id: '4000000000000002',
      displayName: 'users',
      members: [{ value: id }],
    });
  }
  principals.all.put(servicePrincipal.id, {
    schemas: [principals.schema],
    id: servicePrincipal.id,
    applicationId: servicePrincipal.userName,
    displayName: 'Automation',
    active: true,
  });
}
