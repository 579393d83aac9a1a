import type { Access } from '../access.ts';
import { invalid, invalidState } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Answer, Call, Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';
import { createEvents } from './events.ts';
import type { ClusterLookup } from './libraries.ts';
import { NODE_TYPES, SPARK_VERSIONS } from './offer.ts';
import type { Policies } from './policies.ts';
import type { Pools } from './pools.ts';
import { checkSpec } from './spec.ts';

type State = 'PENDING' | 'RUNNING' | 'RESTARTING' | 'RESIZING' | 'TERMINATING' | 'TERMINATED';

interface Cluster {
  cluster_id: string;
  spec: Record<string, unknown>;
  creator_user_name: string;
  /** What it is doing until `readyAt` (epoch ms), and what it is afterwards. */
  doing: State;
  target: 'RUNNING' | 'TERMINATED';
  readyAt: number;
  start_time: number;
  terminated_time?: number;
  terminated_by?: string;
  pinned: boolean;
  spark_context_id: bigint | number;
}

const ZONES = ['us-west-2a', 'us-west-2b', 'us-west-2c'];

/** A terminated cluster is listed this long, unless it is pinned. */
const LISTED_MS = 30 * 24 * 3_600_000;

/** Clusters, and what the rest of the workspace needs of them. */
export interface Clusters extends ClusterLookup {
  routes: Route[];
  specs(): Map<string, Record<string, unknown>>;
  has(id: string): boolean;
  creatorOf(id: string): string | undefined;
}

/** What the configuration of a cluster may name. */
export interface ClusterParts {
  policies: Pick<Policies, 'check'>;
  pools: Pick<Pools, 'require'>;
}

/** Opens clusters with their life cycle and events. */
export function createClusters(workspace: Workspace, access: Access, { policies, pools }: ClusterParts): Clusters {
  const all = workspace.store.collection<Cluster>('clusters');
  const events = createEvents(workspace);

  const stateOf = (cluster: Cluster): State => (workspace.now() >= cluster.readyAt ? cluster.target : cluster.doing);
  const find = (id: unknown): Cluster => {
    access.check('cluster', String(id), 'CAN_MANAGE');
    const cluster = all.get(String(id));
    if (cluster === undefined) throw invalid(`Cluster ${id} does not exist`);
    return cluster;
  };
  const expect = (cluster: Cluster, ...allowed: State[]) => {
    const state = stateOf(cluster);
    if (!allowed.includes(state))
      throw invalidState(
        `Cluster ${cluster.cluster_id} is in unexpected state ${state.charAt(0)}${state.slice(1).toLowerCase()}.`,
      );
  };
  const head = (cluster: Cluster, doing: State, target: Cluster['target'], more: Partial<Cluster> = {}) => {
    const readyAt = workspace.now() + workspace.transitionMs;
    all.put(cluster.cluster_id, Object.assign(cluster, { doing, target, readyAt }, more));
    events.add(
      cluster.cluster_id,
      { PENDING: 'STARTING', RESTARTING: 'RESTARTING', RESIZING: 'RESIZING', TERMINATING: 'TERMINATING' }[
        doing as string
      ] ?? 'EDITED',
      workspace.now(),
    );
    if (target === 'RUNNING') events.add(cluster.cluster_id, 'RUNNING', readyAt);
  };
  const describe = (cluster: Cluster) => {
    const state = stateOf(cluster);
    const { spec, cluster_id } = cluster;
    const ended = state === 'TERMINATED' || state === 'TERMINATING';
    const node = NODE_TYPES.find((type) => type.node_type_id === spec.node_type_id);
    const workers =
      (spec.num_workers as number | undefined) ??
      (spec.autoscale as { min_workers?: number } | undefined)?.min_workers ??
      0;
    return {
      ...spec,
      cluster_id,
      cluster_name: spec.cluster_name ?? '',
      driver_node_type_id: spec.driver_node_type_id ?? spec.node_type_id,
      creator_user_name: cluster.creator_user_name,
      cluster_source: 'API',
      state,
      state_message: {
        PENDING: 'Finding instances for new nodes, acquiring more instances if necessary',
        RESTARTING: 'Restarting',
        RESIZING: 'Resizing',
        TERMINATING: 'Terminating',
        RUNNING: '',
        TERMINATED: `Terminated by ${cluster.terminated_by ?? ''}`,
      }[state],
      start_time: cluster.start_time,
      spark_context_id: cluster.spark_context_id,
      default_tags: {
        Vendor: 'Databricks',
        Creator: cluster.creator_user_name,
        ClusterName: String(spec.cluster_name ?? ''),
        ClusterId: cluster_id,
      },
      spec,
      ...(state === 'RUNNING'
        ? {
            cluster_cores: (node?.num_cores ?? 4) * (workers + 1),
            cluster_memory_mb: (node?.memory_mb ?? 16_384) * (workers + 1),
            jdbc_port: 10_000,
          }
        : {}),
      ...(ended && cluster.terminated_time !== undefined
        ? {
            terminated_time: cluster.terminated_time,
            termination_reason: {
              code: 'USER_REQUEST',
              type: 'SUCCESS',
              parameters: { username: cluster.terminated_by ?? '' },
            },
          }
        : {}),
    };
  };

  const checkConfiguration = (spec: Record<string, unknown>) => {
    checkSpec(spec);
    for (const pool of [spec.instance_pool_id, spec.driver_instance_pool_id])
      if (pool !== undefined) pools.require(pool);
    policies.check(spec);
  };

  const create = ({ body, identity }: Call): Answer => {
    const { clone_from, ...given } = body as Record<string, unknown> & { clone_from?: { source_cluster_id: string } };
    const spec = { ...(clone_from === undefined ? {} : find(clone_from.source_cluster_id).spec), ...given };
    checkConfiguration(spec);
    const now = new Date(workspace.now()).toISOString();
    const cluster_id = `${now.slice(5, 7)}${now.slice(8, 10)}-${now.slice(11, 19).replaceAll(':', '')}-${hexId(8)}`;
    const cluster = {
      cluster_id,
      spec: complete(spec, identity.userName),
      creator_user_name: identity.userName,
      start_time: workspace.now(),
      pinned: false,
      spark_context_id: BigInt(`0x${hexId(16)}`) >> 2n,
    } as unknown as Cluster;
    events.add(cluster_id, 'CREATING', workspace.now());
    head(cluster, 'PENDING', 'RUNNING');
    return { json: { cluster_id } };
  };

  const start = ({ body }: Call): Answer => {
    const cluster = find(body.cluster_id);
    expect(cluster, 'TERMINATED');
    head(cluster, 'PENDING', 'RUNNING', { start_time: workspace.now() });
    return {};
  };
  const restart = ({ body }: Call): Answer => {
    const cluster = find(body.cluster_id);
    expect(cluster, 'RUNNING');
    head(cluster, 'RESTARTING', 'RUNNING');
    return {};
  };
  const terminate = ({ body, identity }: Call): Answer => {
    const cluster = find(body.cluster_id);
    if (cluster.target === 'TERMINATED') return { effect: false };
    head(cluster, 'TERMINATING', 'TERMINATED', {
      terminated_time: workspace.now() + workspace.transitionMs,
      terminated_by: identity.userName,
    });
    return {};
  };
  const remove = ({ body }: Call): Answer => {
    all.delete(find(body.cluster_id).cluster_id);
    return {};
  };
  const edit = ({ body }: Call): Answer => {
    const cluster = find(body.cluster_id);
    expect(cluster, 'RUNNING', 'TERMINATED');
    const { cluster_id: _id, ...spec } = body;
    checkConfiguration(spec);
    change(cluster, complete(spec, cluster.creator_user_name));
    return {};
  };
  const update = ({ body }: Call): Answer => {
    const cluster = find(body.cluster_id);
    expect(cluster, 'RUNNING', 'TERMINATED');
    const fields = (body.cluster ?? {}) as Record<string, unknown>;
    const mask = String(body.update_mask)
      .split(',')
      .map((name) => name.trim());
    const named = mask.includes('*') ? Object.keys(fields) : mask;
    const spec = { ...cluster.spec };
    for (const name of named) {
      if (fields[name] === undefined) delete spec[name];
      else spec[name] = fields[name];
    }
    if (named.includes('num_workers')) delete spec.autoscale;
    if (named.includes('autoscale')) delete spec.num_workers;
    checkConfiguration(spec);
    change(cluster, spec);
    return {};
  };
  const resize = ({ body }: Call): Answer => {
    const cluster = find(body.cluster_id);
    expect(cluster, 'RUNNING');
    const { autoscale: _autoscale, num_workers: _workers, ...rest } = cluster.spec;
    const { cluster_id: _id, ...size } = body;
    const spec = { ...rest, ...size };
    checkConfiguration(spec);
    head(cluster, 'RESIZING', 'RUNNING', { spec });
    return {};
  };
  const changeOwner = ({ body }: Call): Answer => {
    const cluster = find(body.cluster_id);
    expect(cluster, 'TERMINATED');
    all.put(cluster.cluster_id, Object.assign(cluster, { creator_user_name: String(body.owner_username) }));
    return {};
  };
  // a running cluster restarts to apply its new configuration
  const change = (cluster: Cluster, spec: Record<string, unknown>) => {
    const running = stateOf(cluster) === 'RUNNING';
    events.add(cluster.cluster_id, 'EDITED', workspace.now());
    all.put(cluster.cluster_id, Object.assign(cluster, { spec }));
    if (running) head(cluster, 'RESTARTING', 'RUNNING');
  };
  const pin =
    (pinned: boolean) =>
    ({ body }: Call): Answer => {
      const cluster = find(body.cluster_id);
      events.add(cluster.cluster_id, pinned ? 'PINNED' : 'UNPINNED', workspace.now());
      all.put(cluster.cluster_id, Object.assign(cluster, { pinned }));
      return {};
    };

  const list = ({ query }: Call): Answer => {
    const [states, sources, pinned] = [
      query['filter_by.cluster_states'],
      query['filter_by.cluster_sources'],
      query['filter_by.is_pinned'],
    ] as [string[] | undefined, string[] | undefined, boolean | undefined];
    const found = all
      .values()
      .filter(
        (cluster) =>
          cluster.pinned ||
          cluster.terminated_time === undefined ||
          cluster.terminated_time > workspace.now() - LISTED_MS,
      )
      .filter((cluster) => states === undefined || states.includes(stateOf(cluster)))
      .filter(() => sources === undefined || sources.includes('API'))
      .filter((cluster) => pinned === undefined || cluster.pinned === pinned)
      .filter(
        (cluster) =>
          query['filter_by.policy_id'] === undefined || cluster.spec.policy_id === query['filter_by.policy_id'],
      )
      .filter((cluster) => access.allows('cluster', cluster.cluster_id));
    const rank = (cluster: Cluster) => (cluster.pinned ? 0 : stateOf(cluster) === 'TERMINATED' ? 2 : 1);
    if (query['sort_by.field'] === 'CLUSTER_NAME')
      found.sort((a, b) => String(a.spec.cluster_name ?? '').localeCompare(String(b.spec.cluster_name ?? '')));
    else found.sort((a, b) => rank(a) - rank(b) || b.start_time - a.start_time);
    if (query['sort_by.direction'] === 'DESC') found.reverse();
    const { page_size, page_token, ...rest } = query;
    const size = (page_size as number | undefined) || 100;
    if (size < 0) throw invalid(`'page_size' must be at least 0; got ${size}.`);
    const { items, ...tokens } = pageOf(found, { list: `clusters ${JSON.stringify(rest)}`, token: page_token, size });
    return { json: { ...(items.length > 0 ? { clusters: items.map(describe) } : {}), ...tokens } };
  };

  // the same operations under API 2.1 and 2.0
  const route = (method: string, name: string, handle: Route['handle']): Route[] =>
    ['2.1', '2.0'].map((version) => ({
      method,
      template: `/api/${version}/clusters/${name}`,
      schema: `${method} /api/2.1/clusters/${name}`,
      handle,
    }));
  const post = (name: string, handle: Route['handle']) => route('POST', name, handle);
  const get = (name: string, handle: Route['handle']) => route('GET', name, handle);
  const routes = [
    ...post('resize', resize),
    ...post('change-owner', changeOwner),
    ...get('list-zones', () => ({ json: { zones: ZONES, default_zone: ZONES[0] } })),
    ...post('create', create),
    ...post('start', start),
    ...post('restart', restart),
    ...post('delete', terminate),
    ...post('permanent-delete', remove),
    ...post('edit', edit),
    ...post('update', update),
    ...post('pin', pin(true)),
    ...post('unpin', pin(false)),
    ...post('events', ({ body }) => events.list(find(body.cluster_id).cluster_id, body)),
    ...get('list', list),
    ...get('get', ({ query }) => ({ json: describe(find(query.cluster_id)) })),
    ...get('list-node-types', () => ({ json: { node_types: NODE_TYPES } })),
    ...get('spark-versions', () => ({ json: { versions: SPARK_VERSIONS } })),
  ];
  return {
    routes,
    specs: () => new Map(all.values().map((cluster) => [cluster.cluster_id, cluster.spec])),
    has: (id) => all.has(id),
    creatorOf: (id) => all.get(id)?.creator_user_name,
    ids: () => all.keys(),
    stateOf: (id) => {
      const cluster = find(id);
      return { state: stateOf(cluster), startedAt: cluster.start_time };
    },
  };
}

// what Databricks fills in on AWS
function complete(spec: Record<string, unknown>, by: string): Record<string, unknown> {
  return {
    autotermination_minutes: 120,
    enable_elastic_disk: true,
    aws_attributes: { availability: 'SPOT_WITH_FALLBACK', zone_id: ZONES[0], first_on_demand: 1 },
    ...(spec.data_security_mode === 'SINGLE_USER' ? { single_user_name: by } : {}),
    ...spec,
  };
}
