import { randomUUID } from 'node:crypto';
import { invalid } from '../errors.ts';
import { listAnswer, masked, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

/** A saved query, or another object of the SQL editor that goes to the trash when it is deleted. */
export interface SavedObject {
  id: string;
  display_name: string;
  owner_user_name: string;
  lifecycle_state: 'ACTIVE' | 'TRASHED';
  create_time: string;
  update_time: string;
  [other: string]: unknown;
}

/** Saved queries, and their texts for tasks of jobs. */
export interface Queries {
  routes: Route[];
  has(id: string): boolean;
  textOf(id: string): string | undefined;
  creatorOf(id: string): string | undefined;
}

const PATH = '/api/2.0/sql/queries';

/** Opens saved queries with their visualizations; a deleted one stays readable in the trash and leaves the list. */
export function createQueries(workspace: Workspace): Queries {
  const all = workspace.store.collection<SavedObject>('queries');
  const visualizations = workspace.store.collection<SavedObject>('visualizations');
  const find = (id: unknown) => requireObject(all, id, `Query ${id} does not exist.`);
  const findVisualization = (id: unknown) => requireObject(visualizations, id, `Visualization ${id} does not exist.`);
  const time = () => new Date(workspace.now()).toISOString();
  const visualizationRoutes: Route[] = [
    route('GET', `${PATH}/{id}/visualizations`, ({ params, query }) => {
      const { id } = find(params.id);
      const found = visualizations.values().filter((item) => item.query_id === id);
      return listAnswer('results', found, query, { list: `visualizations ${id}`, usual: 20 });
    }),
    route('POST', '/api/2.0/sql/visualizations', ({ body }) => {
      const given = (body.visualization ?? {}) as Record<string, unknown>;
      find(given.query_id);
      const id = randomUUID();
      const made = { id, create_time: time(), update_time: time() };
      return { json: visualizations.put(id, { display_name: 'New visualization', ...given, ...made } as SavedObject) };
    }),
    route('PATCH', '/api/2.0/sql/visualizations/{id}', ({ params, body }) => {
      const old = findVisualization(params.id);
      const changed = masked(old, (body.visualization ?? {}) as object, body.update_mask);
      return { json: visualizations.put(old.id, { ...changed, id: old.id, update_time: time() }) };
    }),
    route('DELETE', '/api/2.0/sql/visualizations/{id}', ({ params }) => {
      visualizations.delete(findVisualization(params.id).id);
      return {};
    }),
  ];

  return {
    has: (id) => all.has(id),
    textOf: (id) => all.get(id)?.query_text as string | undefined,
    creatorOf: (id) => all.get(id)?.owner_user_name,
    routes: [
      ...visualizationRoutes,
      route('POST', PATH, ({ body, identity }) => {
        const given = (body.query ?? {}) as Record<string, unknown>;
        if (given.query_text === undefined) throw invalid('Missing required field: query.query_text');
        const taken = all
          .values()
          .some(
            (item) =>
              item.display_name === given.display_name &&
              item.lifecycle_state === 'ACTIVE' &&
              item.parent_path === given.parent_path,
          );
        if (taken && given.display_name !== undefined && body.auto_resolve_display_name !== true)
          throw invalid(
            `Node named '${given.display_name}' already exists; set 'auto_resolve_display_name' to have another name made.`,
          );
        const id = randomUUID();
        const asked = String(given.display_name ?? 'New query');
        const name = taken ? `${asked} (${id.slice(0, 4)})` : asked;
        const made = { id, display_name: name, lifecycle_state: 'ACTIVE', create_time: time(), update_time: time() };
        const owner = { owner_user_name: identity.userName, last_modifier_user_name: identity.userName };
        const defaults = {
          run_as_mode: 'OWNER',
          parent_path: `/Workspace/Users/${identity.userName}`,
          apply_auto_limit: false,
        };
        return { json: all.put(id, { ...defaults, ...given, ...owner, ...made } as SavedObject) };
      }),
      route('GET', PATH, ({ query }) => {
        const active = all.values().filter((item) => item.lifecycle_state === 'ACTIVE');
        const results = active.map(({ parent_path: _path, ...item }) => item);
        return listAnswer('results', results, query, { list: 'queries', usual: 20 });
      }),
      route('GET', `${PATH}/{id}`, ({ params }) => ({ json: find(params.id) })),
      route('PATCH', `${PATH}/{id}`, ({ params, body, identity }) => {
        const old = find(params.id);
        const changed = masked(old, (body.query ?? {}) as object, body.update_mask);
        const made = { id: old.id, update_time: time(), last_modifier_user_name: identity.userName };
        return { json: all.put(old.id, { ...changed, ...made }) };
      }),
      route('DELETE', `${PATH}/{id}`, ({ params }) => {
        const old = find(params.id);
        all.put(old.id, { ...old, lifecycle_state: 'TRASHED', update_time: time() });
        return {};
      }),
    ],
  };
}
