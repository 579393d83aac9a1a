import { randomUUID } from 'node:crypto';
import { invalid } from '../errors.ts';
import { listAnswer, masked, requireObject, route } from '../objects.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import type { Queries, SavedObject } from './queries.ts';

const ALERTS = '/api/2.0/sql/alerts';
const ALERTS_V2 = '/api/2.0/alerts';

/** Alerts of both generations; they are kept, and never evaluated: their state stays UNKNOWN. */
export function alertRoutes(workspace: Workspace, queries: Pick<Queries, 'has'>): Route[] {
  const old = workspace.store.collection<SavedObject>('alerts');
  const fresh = workspace.store.collection<SavedObject>('alerts_v2');
  const time = () => new Date(workspace.now()).toISOString();
  const find = (id: unknown) => requireObject(old, id, `Alert ${id} does not exist.`);
  const findV2 = (id: unknown) => requireObject(fresh, id, `Alert ${id} does not exist.`);
  const make = (given: Record<string, unknown>, { identity }: Call): SavedObject => ({
    ...given,
    id: randomUUID(),
    display_name: String(given.display_name ?? 'New alert'),
    owner_user_name: identity.userName,
    parent_path: (given.parent_path as string | undefined) ?? `/Workspace/Users/${identity.userName}`,
    lifecycle_state: 'ACTIVE',
    create_time: time(),
    update_time: time(),
  });
  const trash = (all: typeof old, item: SavedObject): Answer => {
    all.put(item.id, { ...item, lifecycle_state: 'TRASHED', update_time: time() });
    return {};
  };
  return [
    route('POST', ALERTS, (call) => {
      const given = (call.body.alert ?? {}) as Record<string, unknown>;
      if (given.query_id === undefined || !queries.has(String(given.query_id)))
        throw invalid(`Query ${given.query_id ?? ''} of the alert does not exist.`);
      if (given.condition === undefined) throw invalid('Missing required field: alert.condition');
      const alert = make({ notify_on_ok: false, seconds_to_retrigger: 0, ...given, state: 'UNKNOWN' }, call);
      return { json: old.put(alert.id, alert) };
    }),
    route('GET', ALERTS, ({ query }) => {
      const active = old.values().filter((item) => item.lifecycle_state === 'ACTIVE');
      const results = active.map(({ parent_path: _path, ...item }) => item);
      return listAnswer('results', results, query, { list: 'alerts', usual: 20 });
    }),
    route('GET', `${ALERTS}/{id}`, ({ params }) => ({ json: find(params.id) })),
    route('PATCH', `${ALERTS}/{id}`, ({ params, body }) => {
      const item = find(params.id);
      const changed = masked(item, (body.alert ?? {}) as object, body.update_mask);
      return { json: old.put(item.id, { ...changed, id: item.id, update_time: time() }) };
    }),
    route('DELETE', `${ALERTS}/{id}`, ({ params }) => trash(old, find(params.id))),
    route('POST', ALERTS_V2, (call) => {
      const alert = make({ run_as_user_name: call.identity.userName, ...call.body }, call);
      return { json: fresh.put(alert.id, alert) };
    }),
    route('GET', ALERTS_V2, ({ query }) => {
      const active = fresh.values().filter((item) => item.lifecycle_state === 'ACTIVE');
      return listAnswer('alerts', active, query, { list: 'alerts v2' });
    }),
    route('GET', `${ALERTS_V2}/{id}`, ({ params }) => ({ json: findV2(params.id) })),
    route('PATCH', `${ALERTS_V2}/{id}`, ({ params, query, body }) => {
      const item = findV2(params.id);
      return {
        json: fresh.put(item.id, { ...masked(item, body, query.update_mask), id: item.id, update_time: time() }),
      };
    }),
    route('DELETE', `${ALERTS_V2}/{id}`, ({ params, query }) => {
      const item = findV2(params.id);
      if (query.purge !== true) return trash(fresh, item);
      fresh.delete(item.id);
      return {};
    }),
  ];
}
