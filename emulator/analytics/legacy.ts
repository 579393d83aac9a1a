import { randomUUID } from 'node:crypto';
import { notFound } from '../errors.ts';
import { route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import type { Queries } from './queries.ts';

interface Legacy {
  id: string;
  name: string;
  created_at: string;
  updated_at: string;
  is_archived: boolean;
  [other: string]: unknown;
}

const PATH = '/api/2.0/preview/sql';

/**
 * The older API of the SQL editor: queries, alerts, dashboards and their permissions. Its objects are its own:
 * they do not show in the newer API, except that tasks of jobs find the text of a legacy query.
 */
export function legacySqlRoutes(workspace: Workspace, queries: Pick<Queries, 'has'>): Route[] {
  const collectionOf = (kind: string) => workspace.store.collection<Legacy>(`legacy_${kind}`);
  const permissions = workspace.store.collection<object[]>('legacy_sql_permissions');
  const time = () => new Date(workspace.now()).toISOString();
  const find = (kind: string, title: string, id: unknown): Legacy => {
    const found = collectionOf(kind).get(String(id));
    if (found === undefined) throw notFound(`${title} ${id} does not exist.`);
    return found;
  };
  const userOf = ({ identity }: Call) => ({
    id: Number(identity.id),
    name: identity.userName,
    email: identity.userName,
  });
  const make = (kind: string, call: Call, fields: Record<string, unknown>): Legacy => {
    const id = randomUUID();
    const made = { created_at: time(), updated_at: time(), user: userOf(call), is_archived: false };
    const parent = (fields.parent as string | undefined) ?? `folders/${call.identity.id}`;
    return collectionOf(kind).put(id, { ...fields, name: String(fields.name ?? 'New'), parent, ...made, id });
  };
  const change = (kind: string, old: Legacy, fields: Record<string, unknown>): Legacy =>
    collectionOf(kind).put(old.id, { ...old, ...fields, id: old.id, updated_at: time() });
  // pages have numbers here
  const pageOf = (items: Legacy[], query: Record<string, unknown>) => {
    const [page, page_size] = [Number(query.page ?? 1), Number(query.page_size ?? 25)];
    const found = items.filter(
      (item) => query.q === undefined || item.name.toLowerCase().includes(String(query.q).toLowerCase()),
    );
    if (query.order === 'name') found.sort((a, b) => a.name.localeCompare(b.name));
    return { count: found.length, page, page_size, results: found.slice((page - 1) * page_size, page * page_size) };
  };
  const alertOf = ({ is_archived: _archived, ...alert }: Legacy) => alert;
  const active = (kind: string) =>
    collectionOf(kind)
      .values()
      .filter((item) => !item.is_archived);
  const trashed = (kind: string, title: string, param: string): Route[] => [
    route('DELETE', `${PATH}/${kind}/{${param}}`, ({ params }) => {
      change(kind, find(kind, title, params[param]), { is_archived: true });
      return {};
    }),
    route('POST', `${PATH}/${kind}/trash/{${param}}`, ({ params }) => {
      change(kind, find(kind, title, params[param]), { is_archived: false });
      return {};
    }),
  ];

  return [
    ...trashed('queries', 'Query', 'query_id'),
    ...trashed('dashboards', 'Dashboard', 'dashboard_id'),
    route('GET', `${PATH}/queries`, ({ query }) => ({ json: pageOf(active('queries'), query) })),
    route('POST', `${PATH}/queries`, (call) => ({
      json: make('queries', call, { options: { parameters: [] }, visualizations: [], ...call.body }),
    })),
    route('GET', `${PATH}/queries/{query_id}`, ({ params }) => ({ json: find('queries', 'Query', params.query_id) })),
    route('POST', `${PATH}/queries/{query_id}`, ({ params, body }) => ({
      json: change('queries', find('queries', 'Query', params.query_id), body),
    })),
    route('GET', `${PATH}/alerts`, () => ({ json: active('alerts').map(alertOf) })),
    route('POST', `${PATH}/alerts`, (call) => {
      const { query_id, ...fields } = call.body;
      const query = collectionOf('queries').get(String(query_id));
      if (query === undefined && !queries.has(String(query_id))) throw notFound(`Query ${query_id} does not exist.`);
      return {
        json: alertOf(
          make('alerts', call, {
            ...fields,
            query: { id: query_id, ...(query === undefined ? {} : { name: query.name }) },
            state: 'unknown',
          }),
        ),
      };
    }),
    route('GET', `${PATH}/alerts/{alert_id}`, ({ params }) => ({
      json: alertOf(find('alerts', 'Alert', params.alert_id)),
    })),
    route('PUT', `${PATH}/alerts/{alert_id}`, ({ params, body }) => {
      const { query_id, ...fields } = body;
      change('alerts', find('alerts', 'Alert', params.alert_id), { ...fields, query: { id: query_id } });
      return {};
    }),
    route('DELETE', `${PATH}/alerts/{alert_id}`, ({ params }) => {
      collectionOf('alerts').delete(find('alerts', 'Alert', params.alert_id).id);
      return {};
    }),
    route('GET', `${PATH}/dashboards`, ({ query }) => ({ json: pageOf(active('dashboards'), query) })),
    route('GET', `${PATH}/dashboards/{dashboard_id}`, ({ params }) => ({
      json: find('dashboards', 'Dashboard', params.dashboard_id),
    })),
    route('POST', `${PATH}/dashboards/{dashboard_id}`, ({ params, body }) => ({
      json: change('dashboards', find('dashboards', 'Dashboard', params.dashboard_id), body),
    })),
    route('GET', `${PATH}/permissions/{object_type}/{object_id}`, ({ params }) => {
      const key = `${params.object_type}/${params.object_id}`;
      requireObjectOf(params, queries, find);
      return {
        json: {
          object_id: key,
          object_type: String(params.object_type).replace(/ies$/, 'y').replace(/s$/, ''),
          access_control_list: permissions.get(key) ?? [],
        },
      };
    }),
    route('POST', `${PATH}/permissions/{object_type}/{object_id}`, ({ params, body }) => {
      const key = `${params.object_type}/${params.object_id}`;
      requireObjectOf(params, queries, find);
      const list = permissions.put(key, (body.access_control_list ?? []) as object[]);
      return {
        json: {
          object_id: key,
          object_type: String(params.object_type).replace(/ies$/, 'y').replace(/s$/, ''),
          access_control_list: list,
        },
      };
    }),
  ];
}

function requireObjectOf(
  params: Record<string, unknown>,
  queries: Pick<Queries, 'has'>,
  find: (kind: string, title: string, id: unknown) => unknown,
): void {
  if (params.object_type === 'queries' && queries.has(String(params.object_id))) return;
  find(String(params.object_type), 'Object', params.object_id);
}
