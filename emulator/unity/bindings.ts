import { invalid } from '../errors.ts';
import { listAnswer, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { missing } from './answers.ts';
import type { Unity } from './registry.ts';

interface Binding {
  workspace_id: number;
  binding_type: 'BINDING_TYPE_READ_WRITE' | 'BINDING_TYPE_READ_ONLY';
}

const PATH = '/api/2.1/unity-catalog';

/** Which workspaces a securable is bound to; a new catalog is bound to this one. Both generations of the API tell the same. */
export function bindingRoutes(
  workspace: Workspace,
  unity: Unity,
  has: (type: string, name: string) => boolean,
): Route[] {
  const all = workspace.store.collection<Binding[]>('uc_bindings');
  const own: Binding = { workspace_id: Number(workspace.id), binding_type: 'BINDING_TYPE_READ_WRITE' };
  const keyOf = (type: string, name: unknown): string => {
    const key = String(name).toLowerCase();
    if (type === 'catalog' && !unity.catalogs.has(key)) throw missing('CATALOG', key);
    if (type !== 'catalog' && !has(type, key))
      throw invalid(`There is no ${type.replace('_', ' ')} '${key}' whose bindings could be told.`);
    return `${type}/${key}`;
  };
  const listOf = (key: string) => all.get(key) ?? [own];
  const change = (key: string, add: Binding[], remove: number[]) => {
    const kept = listOf(key).filter((item) => !remove.includes(item.workspace_id));
    const merged = new Map([...kept, ...add].map((item) => [item.workspace_id, item]));
    return all.put(key, [...merged.values()]);
  };
  const full = (id: number): Binding => ({ ...own, workspace_id: Number(id) });
  return [
    route('GET', `${PATH}/workspace-bindings/catalogs/{name}`, ({ params }) => ({
      json: { workspaces: listOf(keyOf('catalog', params.name)).map((item) => item.workspace_id) },
    })),
    route('PATCH', `${PATH}/workspace-bindings/catalogs/{name}`, ({ params, body }) => {
      const { assign_workspaces = [], unassign_workspaces = [] } = body as Record<string, number[] | undefined>;
      const list = change(keyOf('catalog', params.name), assign_workspaces.map(full), unassign_workspaces.map(Number));
      return { json: { workspaces: list.map((item) => item.workspace_id) } };
    }),
    route('GET', `${PATH}/bindings/{securable_type}/{securable_name}`, ({ params, query }) => {
      const key = keyOf(String(params.securable_type).toLowerCase(), params.securable_name);
      return listAnswer('bindings', listOf(key), query, { list: `bindings ${key}`, size: 'max_results' });
    }),
    route('PATCH', `${PATH}/bindings/{securable_type}/{securable_name}`, ({ params, body }) => {
      const key = keyOf(String(params.securable_type).toLowerCase(), params.securable_name);
      const { add = [], remove = [] } = body as Record<string, Partial<Binding>[] | undefined>;
      const added = add.map((item) => ({ ...full(Number(item.workspace_id)), ...item }) as Binding);
      return {
        json: {
          bindings: change(
            key,
            added,
            remove.map((item) => Number(item.workspace_id)),
          ),
        },
      };
    }),
  ];
}
