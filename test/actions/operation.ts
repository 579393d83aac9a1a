import type { ActionManifest } from '../../connector/manifest.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { openBench } from './harness.ts';

/** An operation that is started, polled and canceled, as most of Databricks' are. */
export const OPERATION: Partial<ActionManifest> = {
  effect: 'once',
  request: { method: 'POST', path: '/start', body: { name: '$input.name' } },
  await: {
    request: { method: 'GET', path: '/poll/{start.id}' },
    success: { state: ['DONE'] },
    failure: { state: ['FAILED', 'CANCELED'] },
    code: 'error.code',
    message: 'error.message',
    interval_seconds: [1, 10],
    timeout_seconds: 60,
    cancel: { method: 'POST', path: '/cancel/{start.id}' },
  },
  result: { id: '$start.id', value: '$last.value', name: '$input.name' },
};

/** A service that answers each request with the next of its bodies; a number is a status. Asked for more, it fails. */
export async function serve(answers: (object | number)[]) {
  const asked: string[] = [];
  const server = await startHttpServer(async (request, response) => {
    const body = await readBody(request);
    asked.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`);
    const answer = answers.shift() ?? 500;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.writeHead(200, { 'x-request-id': 'req-7' }).end(JSON.stringify(answer));
  });
  return { bench: openBench({ url: server.origin }), asked, answers };
}
