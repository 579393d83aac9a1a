import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { FastifyInstance } from 'fastify';

/*
 * Notes which status codes the routes of the API answer in the tests, each once per process: `GET /v1/runs/{id} 404`. It hears of
 * each answer of each server in the process, however it was asked. scripts/answers/check.ts compares them with OpenAPI.
 */

/** Left out, nothing is noted: single files need not answer everything. */
const folder = process.env.PENSTOCK_ANSWERS;
/** Test files share a process, and each runs this file. */
const noted = globalThis as { penstockAnswers?: Set<string> };

if (folder !== undefined && noted.penstockAnswers === undefined) {
  const known = new Set<string>();
  noted.penstockAnswers = known;
  const file = join(folder, `${process.pid}-${threadId}.txt`);
  // Fastify publishes each server that is made on this channel.
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onResponse', (request, reply, done) => {
      const { route } = request.routeOptions.config as { route?: string };
      const line = `${route} ${reply.statusCode}`;
      // HEAD is asked of the route of a GET, and is in no description. Other servers name no routes.
      if (route !== undefined && request.method !== 'HEAD' && !known.has(line)) {
        known.add(line);
        appendFileSync(file, `${line}\n`);
      }
      done();
    });
  });
}
