import { createHash } from 'node:crypto';
import { route } from './objects.ts';
import type { Route } from './router.ts';
import type { Store } from './store.ts';

const PATH = '/api/2.0/sql/config/warehouses';
const DEFAULTS = {
  security_policy: 'DATA_ACCESS_CONTROL',
  channel: { name: 'CHANNEL_NAME_CURRENT' },
  data_access_config: [],
  enabled_warehouse_types: [
    { warehouse_type: 'CLASSIC', enabled: true },
    { warehouse_type: 'PRO', enabled: true },
  ],
  enable_serverless_compute: true,
};

/** What all SQL warehouses share, and the data sources that stand for them in the older SQL APIs. */
export function warehouseConfigRoutes(store: Store, warehouses: () => { id: string; name: string }[]): Route[] {
  const all = store.collection<Record<string, unknown>>('warehouse_config');
  return [
    route('GET', PATH, () => ({ json: { ...DEFAULTS, ...all.get('config') } })),
    route('PUT', PATH, ({ body }) => {
      all.put('config', body);
      return {};
    }),
    route('GET', '/api/2.0/preview/sql/data_sources', () => ({
      json: warehouses().map(({ id, name }) => ({
        id: sourceIdOf(id),
        name,
        warehouse_id: id,
        paused: 0,
        pause_reason: null,
        supports_auto_limit: true,
        syntax: 'sql',
        type: 'databricks_internal',
        view_only: false,
      })),
    })),
  ];
}

// an id of another form than the warehouse's, and always the same
function sourceIdOf(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
