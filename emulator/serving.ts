import { ApiError } from './errors.ts';
import type { Answer, Call, Route } from './router.ts';
import type { Workspace } from './workspace.ts';

const ENDPOINTS = [
  { name: 'emulator-chat', task: 'llm/v1/chat' },
  { name: 'emulator-sum', task: 'custom' },
];

/**
 * Two serving endpoints: `emulator-chat` repeats what it was told, `emulator-sum` adds the numbers of each record.
 * What a model would say cannot be known here; the forms of request, answer and error are what is true.
 */
export function servingRoutes(workspace: Workspace): Route[] {
  const created = workspace.now();
  const find = (name: unknown) => {
    const endpoint = ENDPOINTS.find((item) => item.name === name);
    if (endpoint === undefined)
      throw new ApiError(
        404,
        'RESOURCE_DOES_NOT_EXIST',
        `The given endpoint does not exist, please retry after checking the specified model and version deployment exists.`,
      );
    return endpoint;
  };
  const describe = (endpoint: (typeof ENDPOINTS)[number]) => ({
    ...endpoint,
    id: endpoint.name,
    creator: workspace.admin.userName,
    creation_timestamp: created,
    last_updated_timestamp: created,
    state: { ready: 'READY', config_update: 'NOT_UPDATING' },
  });

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

  return [
    {
      method: 'GET',
      template: '/api/2.0/serving-endpoints',
      handle: () => ({ json: { endpoints: ENDPOINTS.map(describe) } }),
    },
    {
      method: 'GET',
      template: '/api/2.0/serving-endpoints/{name}',
      handle: ({ params }) => ({ json: describe(find(params.name)) }),
    },
    { method: 'POST', template: '/serving-endpoints/{name}/invocations', handle: query },
  ];
}

/** Whether there is a serving endpoint with this name. */
export function hasServingEndpoint(name: string): boolean {
  return ENDPOINTS.some((endpoint) => endpoint.name === name);
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
