import { route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Store } from '../store.ts';

/** A library as the API takes it: one of `jar`, `whl`, `pypi` and so on. */
type Library = Record<string, unknown>;

interface Installed {
  library: Library;
  /** Uninstalling takes effect when the cluster restarts. */
  leaving: boolean;
}

/** What libraries need of clusters. */
export interface ClusterLookup {
  /** The state and the start time of a cluster. @throws ApiError when there is none with this id. */
  stateOf(id: unknown): { state: string; startedAt: number };
  ids(): string[];
}

const PATH = '/api/2.0/libraries';

/** Libraries of clusters: PENDING until the cluster runs, then INSTALLED; nothing is downloaded. */
export function libraryRoutes(store: Store, clusters: ClusterLookup): Route[] {
  const all = store.collection<Installed[]>('cluster_libraries');
  const restarts = store.collection<number>('cluster_library_starts');
  const keyOf = (library: Library) => JSON.stringify(library, Object.keys(library).sort());
  // what was to be uninstalled is gone once the cluster was started again
  const listOf = (id: string): Installed[] => {
    const { startedAt } = clusters.stateOf(id);
    const before = restarts.get(id);
    const list = all.get(id) ?? [];
    if (before !== undefined && before !== startedAt) {
      all.put(
        id,
        list.filter((item) => !item.leaving),
      );
      restarts.delete(id);
    }
    return all.get(id) ?? [];
  };
  const describe = (id: string) => {
    const { state } = clusters.stateOf(id);
    return listOf(id).map(({ library, leaving }) => ({
      library,
      status: leaving ? 'UNINSTALL_ON_RESTART' : state === 'RUNNING' ? 'INSTALLED' : 'PENDING',
      is_library_for_all_clusters: false,
    }));
  };
  return [
    route('POST', `${PATH}/install`, ({ body }) => {
      const id = String(body.cluster_id);
      const list = new Map(listOf(id).map((item) => [keyOf(item.library), item]));
      for (const library of body.libraries as Library[]) list.set(keyOf(library), { library, leaving: false });
      all.put(id, [...list.values()]);
      return {};
    }),
    route('POST', `${PATH}/uninstall`, ({ body }) => {
      const id = String(body.cluster_id);
      const keys = new Set((body.libraries as Library[]).map(keyOf));
      const { state, startedAt } = clusters.stateOf(id);
      const list = listOf(id);
      if (state === 'RUNNING') restarts.put(id, startedAt);
      all.put(
        id,
        state === 'RUNNING'
          ? list.map((item) => (keys.has(keyOf(item.library)) ? { ...item, leaving: true } : item))
          : list.filter((item) => !keys.has(keyOf(item.library))),
      );
      return {};
    }),
    route('GET', `${PATH}/cluster-status`, ({ query }) => ({
      json: { cluster_id: query.cluster_id, library_statuses: describe(String(query.cluster_id)) },
    })),
    route('GET', `${PATH}/all-cluster-statuses`, () => ({
      json: {
        statuses: clusters
          .ids()
          .map((cluster_id) => ({ cluster_id, library_statuses: describe(cluster_id) }))
          .filter((item) => item.library_statuses.length > 0),
      },
    })),
  ];
}
