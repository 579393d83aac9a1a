import { ApiError } from './errors.ts';
import { route } from './objects.ts';
import type { Answer, Call, Route } from './router.ts';
import type { Workspace } from './workspace.ts';

/** A serving endpoint; one that was created answers as `emulator-sum` does. */
interface Endpoint {
  name: string;
  task: string;
  creator: string;
  created: number;
  updated: number;
  readyAt: number;
  version: number;
  config?: Record<string, unknown>;
  tags?: { key: string; value?: string }[];
}

const FIRST = [
  { name: 'emulator-chat', task: 'llm/v1/chat' },
  { name: 'emulator-sum', task: 'custom' },
];
const PATH = '/api/2.0/serving-endpoints';

/** Serving endpoints, and what permissions need of them. */
export interface Serving {
  routes: Route[];
  has(name: string): boolean;
  creatorOf(name: string): string | undefined;
}

/**
 * Two serving endpoints from the start: `emulator-chat` repeats what it was told, `emulator-sum` adds the numbers of each record.
 * What a model would say cannot be known here; the forms of request, answer and error are what is true.
 */
export function createServing(workspace: Workspace): Serving {
  const all = workspace.store.collection<Endpoint>('serving_endpoints');
  const creator = workspace.admin.userName;
  const made = { created: workspace.now(), updated: workspace.now(), readyAt: 0, version: 1, creator };
  for (const first of FIRST) if (!all.has(first.name)) all.put(first.name, { ...first, ...made });
  const find = (name: unknown) => {
    const endpoint = all.get(String(name));
    if (endpoint === undefined)
      throw new ApiError(
        404,
        'RESOURCE_DOES_NOT_EXIST',
        `The given endpoint does not exist, please retry after checking the specified model and version deployment exists.`,
      );
    return endpoint;
  };
  const describe = (endpoint: Endpoint) => {
    const isReady = workspace.now() >= endpoint.readyAt;
    const isFirst = endpoint.version === 1;
    const entities = (endpoint.config?.served_entities ?? endpoint.config?.served_models) as
      | Record<string, unknown>[]
      | undefined;
    const state = { deployment: isReady ? 'DEPLOYMENT_READY' : 'DEPLOYMENT_CREATING', deployment_state_message: '' };
    return {
      name: endpoint.name,
      task: endpoint.task,
      id: endpoint.name,
      creator: endpoint.creator,
      creation_timestamp: endpoint.created,
      last_updated_timestamp: endpoint.updated,
      state: {
        ready: isReady || !isFirst ? 'READY' : 'NOT_READY',
        config_update: isReady ? 'NOT_UPDATING' : 'IN_PROGRESS',
      },
      ...(endpoint.tags === undefined ? {} : { tags: endpoint.tags }),
      ...(entities === undefined
        ? {}
        : {
            config: {
              served_entities: entities.map((entity) => ({ ...entity, name: entity.name ?? nameOf(entity), state })),
            },
          }),
    };
  };
  const detail = (endpoint: Endpoint) => {
    const { config, ...rest } = describe(endpoint);
    const version = { config_version: endpoint.version };
    return {
      ...rest,
      permission_level: 'CAN_MANAGE',
      ...(config === undefined ? {} : { config: { ...endpoint.config, ...config, ...version } }),
    };
  };
  const checkConfig = (config: Record<string, unknown>) => {
    const entities = config.served_entities ?? config.served_models;
    if (!Array.isArray(entities) || entities.length === 0)
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', "'config' must have at least one entry in served_entities.");
  };

  const query = ({ params, body }: Call): Answer => {
    const endpoint = find(params.name);
    if (endpoint.task === 'custom')
      return { json: { predictions: recordsOf(body).map(sum), served_model_name: `${endpoint.name}-1` } };
    const messages = body.messages as { role?: string; content?: string }[] | undefined;
    if (messages === undefined || messages.length === 0)
      throw new ApiError(400, 'BAD_REQUEST', 'messages: Field required');
    const content = messages.at(-1)?.content ?? '';
    const [prompt_tokens, completion_tokens] = [
      messages.map((message) => words(message.content ?? '')).reduce((a, b) => a + b, 0),
      words(content),
    ];
    return {
      json: {
        id: `chatcmpl_${params.name}_${workspace.now()}`,
        object: 'chat.completion',
        created: Math.floor(workspace.now() / 1000),
        model: endpoint.name,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
      },
    };
  };

  const routes = [
    route('GET', PATH, () => ({ json: { endpoints: all.values().map(describe) } })),
    route('GET', `${PATH}/{name}`, ({ params }) => ({ json: detail(find(params.name)) })),
    route('POST', PATH, ({ body, identity }) => {
      const name = String(body.name);
      if (!/^[\w-]{1,63}$/.test(name))
        throw new ApiError(
          400,
          'INVALID_PARAMETER_VALUE',
          `Endpoint name '${name}' may hold letters, digits, _ and - only.`,
        );
      if (all.has(name))
        throw new ApiError(409, 'RESOURCE_ALREADY_EXISTS', `Endpoint with name '${name}' already exists.`);
      const { name: _name, ...config } = (body.config ?? {}) as Record<string, unknown>;
      checkConfig(config);
      const now = workspace.now();
      const facts = {
        created: now,
        updated: now,
        readyAt: now + workspace.transitionMs,
        version: 1,
        creator: identity.userName,
      };
      const tags = body.tags === undefined ? {} : { tags: body.tags as NonNullable<Endpoint['tags']> };
      return { json: detail(all.put(name, { name, task: 'custom', ...facts, config, ...tags })) };
    }),
    route('PUT', `${PATH}/{name}/config`, ({ params, body }) => {
      const endpoint = find(params.name);
      if (workspace.now() < endpoint.readyAt)
        throw new ApiError(
          409,
          'RESOURCE_CONFLICT',
          `Endpoint '${endpoint.name}' is being updated; try again when it is ready.`,
        );
      checkConfig(body);
      const now = workspace.now();
      const changed = {
        config: body,
        version: endpoint.version + 1,
        updated: now,
        readyAt: now + workspace.transitionMs,
      };
      return { json: detail(all.put(endpoint.name, { ...endpoint, ...changed })) };
    }),
    route('PATCH', `${PATH}/{name}/tags`, ({ params, body }) => {
      const endpoint = find(params.name);
      const { add_tags = [], delete_tags = [] } = body as {
        add_tags?: NonNullable<Endpoint['tags']>;
        delete_tags?: string[];
      };
      const kept = (endpoint.tags ?? []).filter((tag) => !delete_tags.includes(tag.key));
      const tags = [...new Map([...kept, ...add_tags].map((tag) => [tag.key, tag])).values()];
      all.put(endpoint.name, { ...endpoint, tags });
      return { json: { tags } };
    }),
    route('DELETE', `${PATH}/{name}`, ({ params }) => {
      all.delete(find(params.name).name);
      return {};
    }),
    route('POST', '/serving-endpoints/{name}/invocations', query),
  ];
  return { routes, has: (name) => all.has(name), creatorOf: (name) => all.get(name)?.creator };
}

function nameOf(entity: Record<string, unknown>): string {
  return `${String(entity.entity_name ?? entity.model_name ?? 'entity')
    .split('.')
    .at(-1)}-${entity.entity_version ?? entity.model_version ?? '1'}`;
}

function recordsOf(body: Record<string, unknown>): unknown[] {
  const split = body.dataframe_split as { data?: unknown[] } | undefined;
  const records = body.dataframe_records ?? split?.data ?? body.instances ?? body.inputs;
  if (Array.isArray(records)) return records;
  throw new ApiError(
    400,
    'BAD_REQUEST',
    'The request must hold one of dataframe_records, dataframe_split, instances, inputs as a list.',
  );
}

function sum(record: unknown): number {
  const values = typeof record === 'object' && record !== null ? Object.values(record) : [record];
  return values.reduce((total: number, value) => total + (typeof value === 'number' ? value : 0), 0);
}

function words(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
