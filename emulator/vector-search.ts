import { randomUUID } from 'node:crypto';
import { ApiError, invalid } from './errors.ts';
import { isObject } from './json.ts';
import { listAnswer, requireObject, route } from './objects.ts';
import type { Call, Route } from './router.ts';
import type { Workspace } from './workspace.ts';

interface Endpoint {
  id: string;
  name: string;
  endpoint_type: string;
  creator: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  last_updated_user: string;
  readyAt: number;
  custom_tags?: object[];
}

interface Index {
  name: string;
  endpoint_name: string;
  index_type: 'DELTA_SYNC' | 'DIRECT_ACCESS';
  primary_key: string;
  creator: string;
  readyAt: number;
  direct_access_index_spec?: {
    embedding_vector_columns?: { name: string; embedding_dimension: number }[];
    schema_json?: string;
  };
  delta_sync_index_spec?: Record<string, unknown>;
  /** Rows of a direct-access index by primary key. */
  rows: Record<string, Record<string, unknown>>;
}

const ENDPOINTS = '/api/2.0/vector-search/endpoints';
const INDEXES = '/api/2.0/vector-search/indexes';

/** Vector search: endpoints that come online, and indexes. A direct-access index is searched by the distance of vectors; one that syncs a table stays empty, since there is no embedding model here. */
export function vectorSearchRoutes(workspace: Workspace): { routes: Route[]; hasEndpoint(id: string): boolean } {
  const endpoints = workspace.store.collection<Endpoint>('vector_endpoints');
  const indexes = workspace.store.collection<Index>('vector_indexes');
  const findEndpoint = (name: unknown) => requireObject(endpoints, name, `Vector search endpoint ${name} not found.`);
  const findIndex = (name: unknown) => requireObject(indexes, name, `Index ${name} not found.`);
  const describeEndpoint = ({ readyAt, ...endpoint }: Endpoint) => ({
    ...endpoint,
    endpoint_status: { state: workspace.now() >= readyAt ? 'ONLINE' : 'PROVISIONING' },
    num_indexes: indexes.values().filter((index) => index.endpoint_name === endpoint.name).length,
  });
  const mini = ({ name, endpoint_name, index_type, primary_key, creator }: Index) => ({
    name,
    endpoint_name,
    index_type,
    primary_key,
    creator,
  });
  const describeIndex = (index: Index) => ({
    ...mini(index),
    ...(index.direct_access_index_spec === undefined
      ? {}
      : { direct_access_index_spec: index.direct_access_index_spec }),
    ...(index.delta_sync_index_spec === undefined ? {} : { delta_sync_index_spec: index.delta_sync_index_spec }),
    status: {
      ready: workspace.now() >= index.readyAt,
      indexed_row_count: Object.keys(index.rows).length,
      message: 'Index creation succeeded.',
      index_url: `${new URL(workspace.url()).host}${INDEXES}/${index.name}`,
    },
  });

  const createIndex = ({ body, identity }: Call) => {
    const { name, endpoint_name, index_type, primary_key } = body as unknown as Index;
    findEndpoint(endpoint_name);
    if (!/^[^.]+\.[^.]+\.[^.]+$/.test(name)) throw invalid(`Index name '${name}' must be catalog.schema.index.`);
    if (indexes.has(name)) throw new ApiError(409, 'RESOURCE_ALREADY_EXISTS', `Index ${name} already exists.`);
    const spec = index_type === 'DELTA_SYNC' ? 'delta_sync_index_spec' : 'direct_access_index_spec';
    if (body[spec] === undefined)
      throw invalid(`Missing required field: ${spec} (an index of type ${index_type} needs it)`);
    const base = { name, endpoint_name, index_type, primary_key, creator: identity.userName, rows: {} };
    const index = { ...base, [spec]: body[spec], readyAt: workspace.now() + workspace.transitionMs } as Index;
    return { json: describeIndex(indexes.put(name, index)) };
  };
  const requireDirect = (call: Call): Index => {
    const index = findIndex(call.params.index_name);
    if (index.index_type !== 'DIRECT_ACCESS') throw invalid(`Index ${index.name} is not a direct-access index.`);
    return index;
  };
  const upsert = (call: Call) => {
    const index = requireDirect(call);
    let rows: unknown;
    try {
      rows = JSON.parse(String(call.body.inputs_json));
    } catch {
      rows = undefined;
    }
    if (!Array.isArray(rows) || !rows.every(isObject)) throw invalid("'inputs_json' must be a JSON list of objects.");
    for (const row of rows) {
      const key = row[index.primary_key];
      if (key === undefined) throw invalid(`A row has no primary key '${index.primary_key}'.`);
      index.rows[String(key)] = row;
    }
    indexes.put(index.name, index);
    return { json: { status: 'SUCCESS', result: { success_row_count: rows.length, failed_primary_keys: [] } } };
  };
  const query = (call: Call) => {
    const index = findIndex(call.params.index_name);
    const columns = call.body.columns as string[];
    const vector = call.body.query_vector as number[] | undefined;
    if (vector === undefined && index.index_type === 'DIRECT_ACCESS')
      throw invalid('Missing required field: query_vector (a direct-access index has no embedding model)');
    const [column] = index.direct_access_index_spec?.embedding_vector_columns ?? [];
    const scored = Object.values(index.rows)
      .map((row) => ({ row, score: score(vector ?? [], (row[column?.name ?? ''] as number[] | undefined) ?? []) }))
      .filter((item) => item.score >= Number(call.body.score_threshold ?? 0))
      .sort((a, b) => b.score - a.score)
      .slice(0, Number(call.body.num_results ?? 10));
    const data_array = scored.map(({ row, score: value }) => [
      ...columns.map((name) => text(row[name])),
      String(value),
    ]);
    const named = [...columns, 'score'].map((name) => ({ name }));
    return {
      json: {
        manifest: { column_count: named.length, columns: named },
        result: { row_count: data_array.length, data_array },
      },
    };
  };

  const routes = [
    route('POST', ENDPOINTS, ({ body, identity }) => {
      const name = String(body.name);
      if (!/^[\w-]{1,64}$/.test(name)) throw invalid(`Endpoint name '${name}' may hold letters, digits, _ and - only.`);
      if (endpoints.has(name))
        throw new ApiError(409, 'RESOURCE_ALREADY_EXISTS', `Vector search endpoint ${name} already exists.`);
      const now = workspace.now();
      const made = {
        creation_timestamp: now,
        last_updated_timestamp: now,
        last_updated_user: identity.userName,
        creator: identity.userName,
      };
      const endpoint = {
        id: randomUUID(),
        name,
        endpoint_type: String(body.endpoint_type),
        ...made,
        readyAt: now + workspace.transitionMs,
      };
      return { json: describeEndpoint(endpoints.put(name, endpoint)) };
    }),
    route('GET', ENDPOINTS, ({ query: given }) =>
      listAnswer('endpoints', endpoints.values().map(describeEndpoint), given, { list: 'vector endpoints' }),
    ),
    route('GET', `${ENDPOINTS}/{endpoint_name}`, ({ params }) => ({
      json: describeEndpoint(findEndpoint(params.endpoint_name)),
    })),
    route('DELETE', `${ENDPOINTS}/{endpoint_name}`, ({ params }) => {
      const { name } = findEndpoint(params.endpoint_name);
      if (indexes.values().some((index) => index.endpoint_name === name))
        throw new ApiError(400, 'INVALID_STATE', `Vector search endpoint ${name} has indexes; delete them first.`);
      endpoints.delete(name);
      return {};
    }),
    route('PATCH', `${ENDPOINTS}/{endpoint_name}/tags`, ({ params, body }) => {
      const endpoint = findEndpoint(params.endpoint_name);
      const custom_tags = body.custom_tags as object[];
      endpoints.put(endpoint.name, { ...endpoint, custom_tags });
      return { json: { name: endpoint.name, custom_tags } };
    }),
    route('POST', INDEXES, createIndex),
    route('GET', INDEXES, ({ query: given }) => {
      const { name } = findEndpoint(given.endpoint_name);
      const found = indexes.values().filter((index) => index.endpoint_name === name);
      return listAnswer('vector_indexes', found.map(mini), given, { list: `indexes ${name}` });
    }),
    route('GET', `${INDEXES}/{index_name}`, ({ params }) => ({ json: describeIndex(findIndex(params.index_name)) })),
    route('DELETE', `${INDEXES}/{index_name}`, ({ params }) => {
      indexes.delete(findIndex(params.index_name).name);
      return {};
    }),
    route('POST', `${INDEXES}/{index_name}/upsert-data`, upsert),
    route('DELETE', `${INDEXES}/{index_name}/delete-data`, (call) => {
      const index = requireDirect(call);
      const keys = call.query.primary_keys as string[];
      for (const key of keys) delete index.rows[key];
      indexes.put(index.name, index);
      return { json: { status: 'SUCCESS', result: { success_row_count: keys.length, failed_primary_keys: [] } } };
    }),
    route('POST', `${INDEXES}/{index_name}/query`, query),
    route('POST', `${INDEXES}/{index_name}/sync`, ({ params }) => {
      if (findIndex(params.index_name).index_type !== 'DELTA_SYNC')
        throw invalid(`Index ${params.index_name} does not sync a table.`);
      return {};
    }),
  ];
  return { routes, hasEndpoint: (id) => endpoints.values().some((endpoint) => endpoint.id === id) };
}

// as Databricks scores: 1 / (1 + the square of the Euclidean distance)
function score(a: number[], b: number[]): number {
  const distance = a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0);
  return 1 / (1 + distance);
}

function text(value: unknown): string | null {
  return value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
}
