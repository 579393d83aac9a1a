import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../../connector/manifest.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { type Operation, readOperations } from './openapi.ts';

/** What `emulate` has no route for, or cannot be made to have: it has no workflows, and no way to make one. */
const STRICT_OPERATIONS = [
  'actions/create-workflow-dispatch',
  'actions/list-workflow-runs',
  'actions/get-workflow-run',
  'actions/re-run-workflow',
  'actions/cancel-workflow-run',
  'repos/create-commit-status',
] as const;

interface WorkflowRun extends JsonObject {
  id: number;
  status: string;
  conclusion: string | null;
  head_branch: string;
}

export interface StrictServer {
  origin: string;
  /** Requests as `METHOD path`. */
  seen: string[];
  runs: WorkflowRun[];
  statuses: JsonObject[];
}

let operations: Operation[] | undefined;

/**
 * GitHub Actions and commit statuses. Each request and each answer is checked against GitHub's own description: an unknown field, or an
 * answer that GitHub would not give, fails with 500 and says what is wrong. Runs end at their third look; those of `failing.yml`
 * fail, those of `long.yml` continue until they are canceled. `details: false` is a server that answers 204, as Enterprise Servers do;
 * `others` are runs that somebody else starts at the same time.
 */
export async function startStrictServer(
  given: { details?: boolean; others?: number; isListed?: (id: number) => boolean } = {},
): Promise<StrictServer> {
  operations ??= readOperations(STRICT_OPERATIONS);
  const known = operations;
  const state: StrictServer = { origin: '', seen: [], runs: [], statuses: [] };
  const looks = new Map<number, number>();
  const server = await startHttpServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const { pathname, searchParams } = new URL(url, 'http://strict');
    state.seen.push(`${method} ${pathname}`);
    if (!/^(token|Bearer) \S+$/.test(headers.authorization ?? ''))
      return send(response, 401, { message: 'Bad credentials' });
    const operation = known.find((each) => each.method === method && each.match(pathname) !== undefined);
    if (operation === undefined) throw new Error(`add the operation of ${method} ${pathname}`);
    const text = (await readBody(request)).toString();
    const body = text === '' ? undefined : (JSON.parse(text) as JsonObject);
    const errors = [...operation.queryErrors(searchParams), ...operation.bodyErrors(body)];
    if (errors.length > 0) throw new Error(`${method} ${pathname}: ${errors.join(', ')}`);
    const answer = handle(operation, { values: operation.match(pathname)!, body: body ?? {}, query: searchParams });
    if (answer.status < 400) {
      const wrong = operation.answerErrors(answer.status, answer.body);
      if (wrong.length > 0) throw new Error(`the answer to ${method} ${pathname}: ${wrong.join(', ')}`);
    }
    return send(response, answer.status, answer.body);
  });
  state.origin = server.origin;
  return state;

  function handle(
    operation: Operation,
    of: { values: { [name: string]: string }; body: JsonObject; query: URLSearchParams },
  ): { status: number; body?: unknown } {
    const { values, body, query } = of;
    const run = state.runs.find(({ id }) => String(id) === values.run_id);
    if (values.run_id !== undefined && run === undefined) return { status: 404, body: { message: 'Not Found' } };
    switch (`${operation.method} ${operation.template.split('/').at(-1)}`) {
      case 'POST dispatches': {
        const made = dispatch(operation, values, body);
        for (let other = 0; other < (given.others ?? 0); other += 1) dispatch(operation, values, body);
        if (given.details === false || body.return_run_details !== true) return { status: 204 };
        return {
          status: 200,
          body: { workflow_run_id: made.id, run_url: `${state.origin}/r`, html_url: String(made.html_url) },
        };
      }
      case 'GET runs': {
        const since = Date.parse((query.get('created') ?? '>=1970-01-01').slice(2));
        const listed = state.runs.filter(
          ({ id, created_at }) => (given.isListed?.(id) ?? true) && Date.parse(String(created_at)) >= since,
        );
        return { status: 200, body: { total_count: listed.length, workflow_runs: listed } };
      }
      case 'GET {run_id}':
        return { status: 200, body: look(run!) };
      case 'POST rerun':
        Object.assign(run!, { status: 'queued', conclusion: null, run_attempt: 2 });
        return { status: 201, body: {} };
      case 'POST cancel':
        if (run!.status === 'completed')
          return { status: 409, body: { message: 'Cannot cancel a workflow run that is completed.' } };
        Object.assign(run!, { status: 'completed', conclusion: 'cancelled' });
        return { status: 202, body: {} };
      default: {
        const now = new Date().toISOString();
        const usual = { description: null, target_url: null, context: 'default', created_at: now, updated_at: now };
        const status = operation.answer(201, { ...usual, ...body });
        state.statuses.push({ sha: values.sha!, ...body });
        return { status: 201, body: status };
      }
    }
  }

  function dispatch(_operation: Operation, values: { [name: string]: string }, body: JsonObject): WorkflowRun {
    const shape = known.find(({ template }) => template.endsWith('/runs/{run_id}'))!;
    const id = 30433642 + state.runs.length;
    const run = shape.answer(200, {
      id,
      name: values.workflow_id!,
      path: `.github/workflows/${values.workflow_id}`,
      event: 'workflow_dispatch',
      status: 'queued',
      conclusion: null,
      head_branch: String(body.ref).replace(/^refs\/(heads|tags)\//, ''),
      html_url: `https://github.com/${values.owner}/${values.repo}/actions/runs/${id}`,
      created_at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      inputs_given: body.inputs ?? {},
    }) as WorkflowRun;
    state.runs.push(run);
    return run;
  }

  function look(run: WorkflowRun): WorkflowRun {
    const count = (looks.get(run.id) ?? 0) + 1;
    looks.set(run.id, count);
    if (run.status === 'completed' || run.name === 'long.yml') return run;
    run.status = count < 3 ? 'in_progress' : 'completed';
    if (run.status === 'completed') run.conclusion = run.name === 'failing.yml' ? 'failure' : 'success';
    return run;
  }
}

function send(response: ServerResponse<IncomingMessage>, status: number, body: unknown): void {
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
