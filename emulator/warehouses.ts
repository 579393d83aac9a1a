import type { Access } from './access.ts';
import { ApiError, invalid, invalidState, notFound } from './errors.ts';
import { pageOf } from './paging.ts';
import type { Answer, Route } from './router.ts';
import { hexId, type Workspace, wait } from './workspace.ts';

/** States in which a warehouse can be. */
export type WarehouseState = 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'DELETING' | 'DELETED';

interface Warehouse {
  id: string;
  settings: Record<string, unknown>;
  creatorName: string;
  /** Where it is heading; it arrives when `readyAt` (epoch ms) has passed. */
  target: 'RUNNING' | 'STOPPED';
  readyAt: number;
}

/** SQL warehouses and what statements need of them. */
export interface Warehouses {
  routes: Route[];
  /** The id of the first warehouse. */
  firstId(): string;
  /** Starts a stopped warehouse and waits until it runs. @throws ApiError when there is none with this id. */
  awaken(id: string, signal: AbortSignal): Promise<void>;
  /** @throws ApiError when there is none with this id. */
  require(id: string): void;
  has(id: string): boolean;
  list(): { id: string; name: string }[];
  creatorOf(id: string): string | undefined;
}

const PATH = '/api/2.0/sql/warehouses';
const SIZES = [
  '2X-Small',
  'X-Small',
  'Small',
  'Medium',
  'Large',
  'X-Large',
  '2X-Large',
  '3X-Large',
  '4X-Large',
  '5X-Large',
];
const DEFAULTS = {
  cluster_size: 'X-Small',
  auto_stop_mins: 120,
  min_num_clusters: 1,
  max_num_clusters: 1,
  enable_photon: true,
  enable_serverless_compute: false,
  warehouse_type: 'PRO',
  spot_instance_policy: 'COST_OPTIMIZED',
  channel: { name: 'CHANNEL_NAME_CURRENT' },
};
/** Waiting for a start looks at the clock this often, because the clock may be a test's. */
const LOOK_MS = 10;

/** Opens the warehouses of a workspace; the first one, "Starter Warehouse", is made when there is none. */
export function createWarehouses(workspace: Workspace, access: Access): Warehouses {
  const all = workspace.store.collection<Warehouse>('warehouses');
  if (all.size === 0) {
    const id = '4f1c2b3a9d8e7f60';
    const settings = { ...DEFAULTS, name: 'Starter Warehouse', cluster_size: '2X-Small', auto_stop_mins: 10 };
    all.put(id, { id, settings, creatorName: workspace.admin.userName, target: 'RUNNING', readyAt: 0 });
  }

  const stateOf = (warehouse: Warehouse): WarehouseState => {
    if (workspace.now() >= warehouse.readyAt) return warehouse.target;
    return warehouse.target === 'RUNNING' ? 'STARTING' : 'STOPPING';
  };
  const find = (id: string): Warehouse => {
    access.check('warehouse', id, 'CAN_USE');
    const warehouse = all.get(id);
    if (warehouse === undefined) throw notFound(`SQL warehouse ${id} does not exist.`);
    return warehouse;
  };
  const head = (warehouse: Warehouse, target: Warehouse['target']) => {
    all.put(warehouse.id, Object.assign(warehouse, { target, readyAt: workspace.now() + workspace.transitionMs }));
  };
  const describe = (warehouse: Warehouse) => {
    const state = stateOf(warehouse);
    const host = new URL(workspace.url());
    return {
      id: warehouse.id,
      ...warehouse.settings,
      creator_name: warehouse.creatorName,
      state,
      num_clusters: state === 'RUNNING' ? 1 : 0,
      num_active_sessions: 0,
      jdbc_url: `jdbc:databricks://${host.host}/default;transportMode=http;httpPath=/sql/1.0/warehouses/${warehouse.id}`,
      odbc_params: {
        hostname: host.hostname,
        path: `/sql/1.0/warehouses/${warehouse.id}`,
        port: Number(host.port),
        protocol: 'https',
      },
      health: { status: 'HEALTHY' },
    };
  };
  const checkSettings = (settings: Record<string, unknown>, own?: string) => {
    const name = settings.name;
    if (typeof name !== 'string' || name === '') throw invalid('Missing required field: name');
    if (typeof settings.cluster_size === 'string' && !SIZES.includes(settings.cluster_size)) {
      throw invalid(`'cluster_size' must be one of ${SIZES.join(', ')}; got '${settings.cluster_size}'.`);
    }
    const stop = settings.auto_stop_mins as number | undefined;
    // serverless warehouses may stop sooner, through the API only
    const least = settings.enable_serverless_compute === true ? 1 : 10;
    if (stop !== undefined && stop !== 0 && stop < least)
      throw invalid(`'auto_stop_mins' must be 0 or at least ${least}; got ${stop}.`);
    const [min, max] = [settings.min_num_clusters as number, settings.max_num_clusters as number];
    if (min > max) throw invalid(`'min_num_clusters' (${min}) must not be more than 'max_num_clusters' (${max}).`);
    const taken = all.values().find((other) => other.settings.name === name && other.id !== own);
    if (taken !== undefined)
      throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `SQL warehouse with name \`${name}\` already exists`);
  };

  const routes: Route[] = [
    {
      method: 'GET',
      template: PATH,
      handle: ({ query }): Answer => {
        const list = all.values().filter((warehouse) => access.allows('warehouse', warehouse.id));
        const { page_size, page_token, ...rest } = query;
        const size = (page_size as number | undefined) || Math.max(list.length, 1);
        if (size < 0) throw invalid(`'page_size' must be at least 0; got ${size}.`);
        const { items, next_page_token } = pageOf(list, {
          list: `warehouses ${JSON.stringify(rest)}`,
          token: page_token,
          size,
        });
        return {
          json: { warehouses: items.map(describe), ...(next_page_token === undefined ? {} : { next_page_token }) },
        };
      },
    },
    {
      method: 'POST',
      template: PATH,
      handle: ({ body, identity }) => {
        const settings = { ...DEFAULTS, ...body };
        checkSettings(settings);
        const id = hexId(16);
        const warehouse = all.put(id, {
          id,
          settings,
          creatorName: identity.userName,
          target: 'RUNNING',
          readyAt: 0,
        } as Warehouse);
        head(warehouse, 'RUNNING');
        return { json: { id } };
      },
    },
    { method: 'GET', template: `${PATH}/{id}`, handle: ({ params }) => ({ json: describe(find(String(params.id))) }) },
    {
      method: 'POST',
      template: `${PATH}/{id}/edit`,
      handle: ({ params, body }) => {
        const warehouse = find(String(params.id));
        const settings = { ...warehouse.settings, ...body };
        checkSettings(settings, warehouse.id);
        all.put(warehouse.id, { ...warehouse, settings });
        return {};
      },
    },
    {
      method: 'POST',
      template: `${PATH}/{id}/start`,
      handle: ({ params }) => {
        const warehouse = find(String(params.id));
        if (warehouse.target === 'RUNNING') return { effect: false };
        if (stateOf(warehouse) === 'STOPPING')
          throw invalidState(`SQL warehouse ${warehouse.id} is stopping; it can be started once it is stopped.`);
        head(warehouse, 'RUNNING');
        return {};
      },
    },
    {
      method: 'POST',
      template: `${PATH}/{id}/stop`,
      handle: ({ params }) => {
        const warehouse = find(String(params.id));
        if (warehouse.target === 'STOPPED') return { effect: false };
        head(warehouse, 'STOPPED');
        return {};
      },
    },
    {
      method: 'DELETE',
      template: `${PATH}/{id}`,
      handle: ({ params }) => {
        all.delete(find(String(params.id)).id);
        return {};
      },
    },
  ];

  return {
    routes,
    firstId: () => all.values()[0]?.id ?? '',
    require: (id) => void find(id),
    has: (id) => all.has(id),
    list: () => all.values().map(({ id, settings }) => ({ id, name: String(settings.name) })),
    creatorOf: (id) => all.get(id)?.creatorName,
    async awaken(id, signal) {
      for (;;) {
        const warehouse = find(id);
        const state = stateOf(warehouse);
        if (state === 'RUNNING') return;
        if (state === 'STOPPED') head(warehouse, 'RUNNING');
        else await wait(LOOK_MS, signal);
      }
    },
  };
}
