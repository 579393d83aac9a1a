import { decideRetry } from '../../../../actions/retry.ts';
import type { ConnectorError } from '../../../../connector/errors.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../../actions/harness.ts';
import { startHttpServer } from '../../../servers.ts';

/** An answer as the service gives it. */
export interface Answer {
  status?: number;
  /** An object is sent as JSON, text as it is. */
  body?: object | string;
  headers?: Record<string, string>;
}

interface Case {
  action: string;
  input?: object;
  options?: object;
  /** One for each request; the last is given again and again. */
  answers: Answer[];
}

export async function serve(answers: Answer[]) {
  const asked: string[] = [];
  const server = await startHttpServer((request, response) => {
    const { status = 200, body = '', headers = {} } = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(`${request.method} ${request.url}`);
    const type = typeof body === 'object' ? 'application/json' : body.startsWith('<') ? 'text/html' : 'text/plain';
    response.writeHead(status, { 'content-type': type, 'x-request-id': 'req-1', ...headers });
    response.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
  return { asked, bench: openBench({ url: server.origin }) };
}

export async function run({ action: id, input = {}, options = {}, answers }: Case) {
  const action = await actionOf(`databricks.${id}`);
  const { asked, bench } = await serve(answers);
  const call = callOf(action, input, { options });
  const ended = await runToEnd(action, call, bench).then(
    ({ output }) => ({ output: output as object, error: undefined }),
    (error: ConnectorError) => ({ output: undefined, error }),
  );
  const decision =
    ended.error === undefined
      ? undefined
      : decideRetry(ended.error, { effect: call.effect, phase: 'start', attempt: 1, elapsedMs: 0, random: 0 });
  return { ...ended, asked, again: decision !== undefined && 'again' in decision, decision };
}

/** The statement of every refusal. */
export const STATEMENT = {
  action: 'execute_statement',
  input: { warehouse_id: '4f1c2b3a9d8e7f60', statement: 'SELECT 1' },
};
