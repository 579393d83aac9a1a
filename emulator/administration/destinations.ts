import { randomUUID } from 'node:crypto';
import { invalid } from '../errors.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Store } from '../store.ts';

interface Destination {
  id: string;
  display_name: string;
  destination_type: string;
  config: Record<string, Record<string, unknown>>;
}

const PATH = '/api/2.0/notification-destinations';
const TYPES: Record<string, string> = {
  email: 'EMAIL',
  slack: 'SLACK',
  generic_webhook: 'WEBHOOK',
  microsoft_teams: 'MICROSOFT_TEAMS',
  pagerduty: 'PAGERDUTY',
};
/** Fields that are written and never shown; `<name>_set` tells that they are there. */
const SECRET = [
  'url',
  'username',
  'password',
  'integration_key',
  'app_id',
  'auth_secret',
  'channel_url',
  'tenant_id',
  'oauth_token',
];

/** Notification destinations; nothing is sent to them. */
export function destinationRoutes(store: Store): Route[] {
  const all = store.collection<Destination>('notification_destinations');
  const find = (id: unknown) => requireObject(all, id, `Notification destination ${id} does not exist.`);
  const read = (config: unknown): Pick<Destination, 'config' | 'destination_type'> => {
    const given = Object.entries((config ?? {}) as Record<string, Record<string, unknown>>);
    const [kind, fields] = given[0] ?? [];
    if (given.length !== 1 || kind === undefined || fields === undefined)
      throw invalid(`'config' must have exactly one of ${Object.keys(TYPES).join(', ')}.`);
    const shown = Object.entries(fields).map(([name, value]) =>
      SECRET.includes(name) ? [`${name}_set`, true] : [name, value],
    );
    return { destination_type: TYPES[kind] ?? 'WEBHOOK', config: { [kind]: Object.fromEntries(shown) } };
  };
  return [
    route('POST', PATH, ({ body }) => {
      if (body.display_name === undefined) throw invalid('Missing required field: display_name');
      const id = randomUUID();
      return { json: all.put(id, { id, display_name: String(body.display_name), ...read(body.config) }) };
    }),
    route('GET', PATH, ({ query }) => {
      const brief = all.values().map(({ config: _config, ...item }) => item);
      return listAnswer('results', brief, query, { list: 'destinations' });
    }),
    route('GET', `${PATH}/{id}`, ({ params }) => ({ json: find(params.id) })),
    route('PATCH', `${PATH}/{id}`, ({ params, body }) => {
      const old = find(params.id);
      const changes = body.config === undefined ? {} : read(body.config);
      return {
        json: all.put(old.id, { ...old, ...changes, display_name: String(body.display_name ?? old.display_name) }),
      };
    }),
    route('DELETE', `${PATH}/{id}`, ({ params }) => {
      all.delete(find(params.id).id);
      return {};
    }),
  ];
}
