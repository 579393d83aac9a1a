import { randomUUID } from 'node:crypto';
import { ApiError, invalid } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Collection } from '../store.ts';
import { parseFilter, valuesAt } from './filter.ts';
import { applyPatch, type PatchOperation } from './patch.ts';

/** A user, group or service principal as it is sent, without what is computed. */
export type Resource = Record<string, unknown> & { id: string };

/** One kind of resource and what is particular to it. */
export interface Kind {
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

/** Where SCIM is. */
export const SCIM_PATH = '/api/2.0/preview/scim/v2';
/** The type of SCIM answers. */
export const JSON_TYPE = { 'content-type': 'application/scim+json' };

/** Routes of one kind: list, create, get, replace, patch, delete. */
export function kindRoutes(kind: Kind, nextId: () => string, forget: (id: string) => void): Route[] {
  const base = `${SCIM_PATH}/${kind.name}`;
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
    const { id: _id, schemas: _schemas, groups: _groups, ...given } = body;
    // on AWS and Google Cloud the service makes a principal's application id
    const fields = kind.key === 'applicationId' ? { applicationId: randomUUID(), ...given } : given;
    check(fields);
    if (kind.key === 'applicationId' && given.displayName === undefined && given.applicationId === undefined)
      throw invalid('Missing required field: displayName');
    const id = nextId();
    const defaults =
      kind.key === 'userName'
        ? { active: true, displayName: body.userName, emails: [{ type: 'work', value: body.userName, primary: true }] }
        : kind.key === 'applicationId'
          ? { active: true }
          : {};
    return answer(kind.all.put(id, { schemas: [kind.schema], id, ...defaults, ...fields }), {}, 201);
  };

  const replace = ({ params, body }: Call): Answer => {
    const old = find(params.id);
    const { id: _id, schemas: _schemas, groups: _groups, ...fields } = body;
    // a user's name and e-mail addresses cannot be changed: such changes are ignored
    const fixed =
      kind.key === 'userName'
        ? { userName: old.userName, emails: old.emails }
        : kind.key === 'applicationId'
          ? { applicationId: old.applicationId }
          : {};
    const fresh: Resource = {
      schemas: [kind.schema],
      id: old.id,
      ...(kind.key === 'displayName' ? {} : { active: true }),
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

/** A resource as asked for: `attributes` keeps the named ones, id and schemas always; `excludedAttributes` takes some away. */
export function project(resource: Resource, query: Record<string, unknown>): Record<string, unknown> {
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
