import type { Route } from '../router.ts';
import type { Identity } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import { JSON_TYPE, type Kind, kindRoutes, project, type Resource, SCIM_PATH } from './kind.ts';

const VALUES = ['entitlements', 'roles', 'groups'];
const FIRST_ID = 3_000_000_000_000_001;

/** Users, groups and service principals. */
export interface Scim {
  routes: Route[];
  /** Who has this id; undefined for a principal that is gone or not active. */
  identity(id: string): Identity | undefined;
  users(): { id: string; userName: string }[];
  /** A service principal by its application id. */
  principalOf(applicationId: string): Identity | undefined;
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
    template: `${SCIM_PATH}/Me`,
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
  const has = (kind: Kind, name: string) =>
    kind.all.values().some((item) => String(item[kind.key]).toLowerCase() === name.toLowerCase());
  return {
    routes: [
      me,
      ...kindRoutes(users, nextId, forget),
      ...kindRoutes(groupKind, nextId, forget),
      ...kindRoutes(principals, nextId, forget),
    ],
    identity(id) {
      const [user, principal] = [users.all.get(id), principals.all.get(id)];
      if ((user ?? principal)?.active === false) return undefined;
      if (user !== undefined) return { kind: 'user', id, userName: String(user.userName) };
      return principal === undefined
        ? undefined
        : { kind: 'service_principal', id, userName: String(principal.applicationId) };
    },
    principalOf(applicationId) {
      const found = principals.all.values().find((item) => item.applicationId === applicationId);
      return found === undefined
        ? undefined
        : { kind: 'service_principal', id: found.id, userName: String(found.applicationId) };
    },
    users: () =>
      users.all
        .values()
        .filter((user) => user.active !== false)
        .map((user) => ({ id: user.id, userName: String(user.userName) })),
    hasPrincipal: (kind, name) => has({ user: users, group: groupKind, service_principal: principals }[kind], name),
  };
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
