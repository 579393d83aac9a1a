import { invalid } from '../errors.ts';
import { requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';
import { NODE_TYPES } from './offer.ts';

interface Pool {
  instance_pool_id: string;
  instance_pool_name: string;
  node_type_id: string;
  creator: string;
  [other: string]: unknown;
}

/** Instance pools, and what clusters need of them. */
export interface Pools {
  routes: Route[];
  has(id: string): boolean;
  /** @throws ApiError when there is none with this id. */
  require(id: unknown): void;
}

const PATH = '/api/2.0/instance-pools';

/** Opens instance pools; their instances are never started, so all are pending or idle as asked for. */
export function createPools(workspace: Workspace): Pools {
  const all = workspace.store.collection<Pool>('instance_pools');
  const find = (id: unknown) => requireObject(all, id, `Can't find an instance pool with id: ${id}.`);
  const check = (pool: Record<string, unknown>, own?: string) => {
    if (!NODE_TYPES.some((type) => type.node_type_id === pool.node_type_id))
      throw invalid(
        `Node type ${pool.node_type_id} is not supported. Known: ${NODE_TYPES.map((type) => type.node_type_id).join(', ')}.`,
      );
    const [min, max] = [Number(pool.min_idle_instances ?? 0), Number(pool.max_capacity ?? Number.POSITIVE_INFINITY)];
    if (min > max) throw invalid(`'min_idle_instances' (${min}) must not be more than 'max_capacity' (${max}).`);
    if (
      all
        .values()
        .some((other) => other.instance_pool_name === pool.instance_pool_name && other.instance_pool_id !== own)
    )
      throw invalid(`Instance pool named '${pool.instance_pool_name}' already exists.`);
  };
  const describe = ({ creator, ...pool }: Pool) => ({
    ...pool,
    default_tags: {
      Vendor: 'Databricks',
      DatabricksInstancePoolCreatorId: creator,
      DatabricksInstancePoolId: pool.instance_pool_id,
    },
    state: 'ACTIVE',
    stats: {
      used_count: 0,
      idle_count: Number(pool.min_idle_instances ?? 0),
      pending_used_count: 0,
      pending_idle_count: 0,
    },
    status: {},
  });
  return {
    has: (id) => all.has(id),
    require: (id) => void find(id),
    routes: [
      route('POST', `${PATH}/create`, ({ body, identity }) => {
        check(body);
        const now = new Date(workspace.now()).toISOString();
        const instance_pool_id = `${now.slice(5, 7)}${now.slice(8, 10)}-${now.slice(11, 19).replaceAll(':', '')}-pool-${hexId(8)}`;
        const defaults = {
          idle_instance_autotermination_minutes: 60,
          enable_elastic_disk: true,
          min_idle_instances: 0,
        };
        all.put(instance_pool_id, { ...defaults, ...body, instance_pool_id, creator: identity.id } as unknown as Pool);
        return { json: { instance_pool_id } };
      }),
      route('POST', `${PATH}/edit`, ({ body }) => {
        const old = find(body.instance_pool_id);
        check(body, old.instance_pool_id);
        if (body.node_type_id !== old.node_type_id)
          throw invalid("'node_type_id' of an instance pool cannot be changed.");
        all.put(old.instance_pool_id, { ...old, ...body });
        return {};
      }),
      route('POST', `${PATH}/delete`, ({ body }) => {
        all.delete(find(body.instance_pool_id).instance_pool_id);
        return {};
      }),
      route('GET', `${PATH}/get`, ({ query }) => ({ json: describe(find(query.instance_pool_id)) })),
      route('GET', `${PATH}/list`, () => ({ json: { instance_pools: all.values().map(describe) } })),
    ],
  };
}
