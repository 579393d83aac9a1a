import type { JsonObject } from '../../../connector/manifest.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { type Operation, readOperations } from './openapi.ts';

interface Webhook {
  id: number;
  active: boolean;
  events: string[];
  config: { url: string; secret: string; [name: string]: unknown };
}

interface Answer {
  status: number;
  body?: unknown;
  headers?: { link: string };
}

let operations: Operation[] | undefined;

/**
 * The webhooks of one repository, octocat/hello, as GitHub keeps them. Each request and answer is checked against GitHub's own
 * description. `refuse` answers the requests of a method with this status; `pageSize` cuts the list into pages.
 */
export async function startWebhooksServer() {
  operations ??= readOperations(
    ['create', 'update', 'delete', 'list'].map((word) => `repos/${word}-webhook${word === 'list' ? 's' : ''}`),
  );
  const known = operations;
  const state = {
    origin: '',
    webhooks: [] as Webhook[],
    seen: [] as string[],
    tokens: new Set<string>(),
    refuse: {} as { [method: string]: number },
    pageSize: 100,
  };
  const server = await startHttpServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const { pathname, searchParams } = new URL(url, 'http://strict');
    state.seen.push(`${method} ${pathname}`);
    state.tokens.add(String(headers.authorization));
    const operation = known.find((each) => each.method === method && each.match(pathname) !== undefined);
    if (operation === undefined) throw new Error(`add the operation of ${method} ${pathname}`);
    const text = (await readBody(request)).toString();
    const body = text === '' ? undefined : (JSON.parse(text) as JsonObject);
    const errors = [...operation.queryErrors(searchParams), ...operation.bodyErrors(body)];
    if (errors.length > 0) throw new Error(`${method} ${pathname}: ${errors.join(', ')}`);
    const answer =
      state.refuse[method] === undefined
        ? handle(operation, { path: pathname, query: searchParams }, body ?? {})
        : refusal(state.refuse[method]);
    if (answer.status < 400) {
      const wrong = operation.answerErrors(answer.status, answer.body);
      if (wrong.length > 0) throw new Error(`the answer to ${method} ${pathname}: ${wrong.join(', ')}`);
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  });
  state.origin = server.origin;
  return state;

  function handle(
    operation: Operation,
    { path, query }: { path: string; query: URLSearchParams },
    body: JsonObject,
  ): Answer {
    const webhook = state.webhooks.find(({ id }) => String(id) === operation.match(path)!.hook_id);
    switch (operation.method) {
      case 'GET':
        return page(path, Number(query.get('page') ?? 1));
      case 'POST': {
        const { config, events } = body as unknown as Webhook;
        const isTwin = state.webhooks.some(
          (each) => each.config.url === config.url && String(each.events) === String(events),
        );
        if (isTwin)
          return {
            status: 422,
            body: { message: 'Validation Failed', errors: [{ message: 'Hook already exists on this repository' }] },
          };
        const made = { ...(body as unknown as Webhook), id: 12345678 + state.seen.length };
        state.webhooks.push(made);
        return { status: 201, body: show(made) };
      }
      default:
        if (webhook === undefined) return { status: 404, body: { message: 'Not Found' } };
        if (operation.method === 'PATCH') {
          Object.assign(webhook, body);
          return { status: 200, body: show(webhook) };
        }
        state.webhooks.splice(state.webhooks.indexOf(webhook), 1);
        return { status: 204 };
    }
  }

  function page(path: string, number: number): Answer {
    const [from, to] = [(number - 1) * state.pageSize, number * state.pageSize];
    const link = `<${state.origin}${path}?per_page=100&page=${number + 1}>; rel="next"`;
    return {
      status: 200,
      body: state.webhooks.slice(from, to).map(show),
      ...(to < state.webhooks.length ? { headers: { link } } : {}),
    };
  }

  /** GitHub never shows the secret. */
  function show({ config: { secret: _secret, ...config }, ...webhook }: Webhook): JsonObject {
    const shape = known.find(({ method }) => method === 'POST')!;
    return shape.answer(201, { ...webhook, config: { ...config, secret: '********' } } as unknown as JsonObject);
  }

  function refusal(status: number): Answer {
    return { status, body: { message: 'Resource not accessible by personal access token' } };
  }
}
