import { randomUUID } from 'node:crypto';
import { ApiError, invalid } from './errors.ts';
import { listAnswer, requireObject, route } from './objects.ts';
import type { Route } from './router.ts';
import type { Meta } from './unity/registry.ts';
import { hexId, type Workspace } from './workspace.ts';

interface SharedObject {
  name: string;
  data_object_type?: string;
  [other: string]: unknown;
}

interface Share extends Meta {
  objects: SharedObject[];
}

const PATH = '/api/2.1/unity-catalog';

/** Delta Sharing: shares with their objects and permissions, recipients, providers. Nothing is served to recipients. */
export function sharingRoutes(workspace: Workspace): Route[] {
  const shares = workspace.store.collection<Share>('shares');
  const recipients = workspace.store.collection<Meta>('recipients');
  const providers = workspace.store.collection<Meta>('providers');
  const grants = workspace.store.collection<Record<string, string[]>>('share_grants');
  const made = (name: string, by: string): Meta => {
    const now = workspace.now();
    return { name, owner: by, created_at: now, created_by: by, updated_at: now, updated_by: by };
  };
  const nameOf = (given: unknown, has: boolean, title: string): string => {
    const name = String(given).toLowerCase();
    if (!/^[\w-]{1,255}$/.test(name)) throw invalid(`'${given}' is not a valid name: use letters, digits, _ and -.`);
    if (has) throw new ApiError(409, `${title.toUpperCase()}_ALREADY_EXISTS`, `${title} '${name}' already exists`);
    return name;
  };
  const findShare = (name: unknown) =>
    requireObject(shares, String(name).toLowerCase(), `Share '${name}' does not exist.`);
  const findRecipient = (name: unknown) =>
    requireObject(recipients, String(name).toLowerCase(), `Recipient '${name}' does not exist.`);
  const findProvider = (name: unknown) =>
    requireObject(providers, String(name).toLowerCase(), `Provider '${name}' does not exist.`);
  const brief = ({ objects: _objects, ...share }: Share) => share;
  const assignments = (share: string) =>
    Object.entries(grants.get(share) ?? {}).map(([principal, privileges]) => ({ principal, privileges }));

  /** Applies updates of a share's objects. @throws ApiError for an object that is there already, or is not. */
  const change = (
    share: Share,
    updates: { action?: string; data_object?: SharedObject }[],
    by: string,
  ): SharedObject[] => {
    const objects = new Map(share.objects.map((item) => [item.name, item]));
    for (const { action, data_object } of updates) {
      if (data_object === undefined) throw invalid('Missing required field: updates[].data_object');
      const known = objects.get(data_object.name);
      if (action === 'ADD' && known !== undefined)
        throw new ApiError(
          409,
          'RESOURCE_ALREADY_EXISTS',
          `'${data_object.name}' is in share '${share.name}' already.`,
        );
      if (action !== 'ADD' && known === undefined)
        throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `'${data_object.name}' is not in share '${share.name}'.`);
      if (action === 'REMOVE') objects.delete(data_object.name);
      else {
        const facts = {
          added_at: workspace.now(),
          added_by: by,
          status: 'ACTIVE',
          shared_as: data_object.name.split('.').slice(-2).join('.'),
        };
        objects.set(data_object.name, { ...facts, ...known, ...data_object });
      }
    }
    return [...objects.values()];
  };

  return [
    route('POST', `${PATH}/shares`, ({ body, identity }) => {
      const name = nameOf(body.name, shares.has(String(body.name).toLowerCase()), 'Share');
      return { json: brief(shares.put(name, { ...body, ...made(name, identity.userName), objects: [] })) };
    }),
    route('GET', `${PATH}/shares`, ({ query }) =>
      listAnswer('shares', shares.values().map(brief), query, { list: 'shares', size: 'max_results' }),
    ),
    route('GET', `${PATH}/shares/{name}`, ({ params, query }) => {
      const share = findShare(params.name);
      return { json: query.include_shared_data === true ? share : brief(share) };
    }),
    route('PATCH', `${PATH}/shares/{name}`, ({ params, body, identity }) => {
      const old = findShare(params.name);
      const { new_name, updates, ...fields } = body;
      const name =
        new_name === undefined ? old.name : nameOf(new_name, shares.has(String(new_name).toLowerCase()), 'Share');
      const objects = change(
        old,
        (updates ?? []) as { action?: string; data_object?: SharedObject }[],
        identity.userName,
      );
      if (name !== old.name) shares.delete(old.name);
      const changed = { updated_at: workspace.now(), updated_by: identity.userName };
      return { json: shares.put(name, { ...old, ...fields, ...changed, name, objects } as Share) };
    }),
    route('DELETE', `${PATH}/shares/{name}`, ({ params }) => {
      const { name } = findShare(params.name);
      shares.delete(name);
      grants.delete(name);
      return {};
    }),
    route('GET', `${PATH}/shares/{name}/permissions`, ({ params }) => ({
      json: { privilege_assignments: assignments(findShare(params.name).name) },
    })),
    route('PATCH', `${PATH}/shares/{name}/permissions`, ({ params, body }) => {
      const { name } = findShare(params.name);
      const list = { ...grants.get(name) };
      for (const { principal = '', add = [], remove = [] } of (body.changes ?? []) as {
        principal?: string;
        add?: string[];
        remove?: string[];
      }[]) {
        findRecipient(principal);
        list[principal] = [...new Set([...(list[principal] ?? []).filter((item) => !remove.includes(item)), ...add])];
        if (list[principal]?.length === 0) delete list[principal];
      }
      grants.put(name, list);
      return { json: { privilege_assignments: assignments(name) } };
    }),
    route('POST', `${PATH}/recipients`, ({ body, identity }) => {
      const name = nameOf(body.name, recipients.has(String(body.name).toLowerCase()), 'Recipient');
      const token = {
        id: randomUUID(),
        activation_url: `${workspace.url()}/delta_sharing/retrieve_config.html?${hexId(32)}`,
        created_at: workspace.now(),
        created_by: identity.userName,
      };
      const own =
        body.authentication_type === 'TOKEN'
          ? { tokens: [token], activated: false, activation_url: token.activation_url }
          : { activated: true };
      return { json: recipients.put(name, { ...body, ...made(name, identity.userName), ...own }) };
    }),
    route('GET', `${PATH}/recipients`, ({ query }) =>
      listAnswer('recipients', recipients.values(), query, { list: 'recipients', size: 'max_results' }),
    ),
    route('GET', `${PATH}/recipients/{name}`, ({ params }) => ({ json: findRecipient(params.name) })),
    route('PATCH', `${PATH}/recipients/{name}`, ({ params, body, identity }) => {
      const old = findRecipient(params.name);
      const { new_name, ...fields } = body;
      const name =
        new_name === undefined
          ? old.name
          : nameOf(new_name, recipients.has(String(new_name).toLowerCase()), 'Recipient');
      if (name !== old.name) recipients.delete(old.name);
      const changed = { updated_at: workspace.now(), updated_by: identity.userName };
      return { json: recipients.put(name, { ...old, ...fields, ...changed, name }) };
    }),
    route('DELETE', `${PATH}/recipients/{name}`, ({ params }) => {
      recipients.delete(findRecipient(params.name).name);
      return {};
    }),
    route('GET', `${PATH}/recipients/{name}/share-permissions`, ({ params }) => {
      const { name } = findRecipient(params.name);
      const found = shares.values().filter((share) => grants.get(share.name)?.[name] !== undefined);
      const permissions_out = found.map((share) => ({
        share_name: share.name,
        privilege_assignments: assignments(share.name).filter((item) => item.principal === name),
      }));
      return { json: { permissions_out } };
    }),
    route('POST', `${PATH}/providers`, ({ body, identity }) => {
      const name = nameOf(body.name, providers.has(String(body.name).toLowerCase()), 'Provider');
      return { json: providers.put(name, { ...body, ...made(name, identity.userName) }) };
    }),
    route('GET', `${PATH}/providers`, ({ query }) =>
      listAnswer('providers', providers.values(), query, { list: 'providers', size: 'max_results' }),
    ),
    route('GET', `${PATH}/providers/{name}`, ({ params }) => ({ json: findProvider(params.name) })),
    route('PATCH', `${PATH}/providers/{name}`, ({ params, body, identity }) => {
      const old = findProvider(params.name);
      const { new_name, ...fields } = body;
      const name =
        new_name === undefined ? old.name : nameOf(new_name, providers.has(String(new_name).toLowerCase()), 'Provider');
      if (name !== old.name) providers.delete(old.name);
      const changed = { updated_at: workspace.now(), updated_by: identity.userName };
      return { json: providers.put(name, { ...old, ...fields, ...changed, name }) };
    }),
    route('DELETE', `${PATH}/providers/{name}`, ({ params }) => {
      providers.delete(findProvider(params.name).name);
      return {};
    }),
    route('GET', `${PATH}/providers/{name}/shares`, ({ params }) => {
      findProvider(params.name);
      return { json: { shares: [] } };
    }),
  ];
}
