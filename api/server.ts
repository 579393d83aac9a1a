import { randomBytes } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ConnectorError } from '../connector/errors.ts';
import { stringifyAtEdge } from '../connector/json.ts';
import type { Context } from '../engine/context.ts';
import { addBrowserApp } from './browser-app.ts';
import { addRoute, routeNameOf } from './http/add-route.ts';
import { MAX_BODY_BYTES, readForms, readJsonBodies, readRawBodies } from './http/body.ts';
import { answerClientError } from './http/client-error.ts';
import { watchConnections } from './http/connections.ts';
import { allowedMethods } from './http/methods.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { MAX_PARAM_LENGTH, PROBLEM_TYPE, toProblem } from './http/problem.ts';
import type { DescribedRoute } from './http/route.ts';
import { openServing } from './http/serving.ts';
import { describeApi } from './openapi/openapi.ts';
import { messagePage, pageAnswer } from './pages/html.ts';
import { addQueueBoard, QUEUE_BOARD } from './queue-board.ts';
import { routesOf } from './routes.ts';

/** A whole request must arrive within this; long answers are not cut by it. */
const REQUEST_TIMEOUT_MS = 120_000;
const BODY_TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';
const REQUEST_ID = /^[\w.:-]{1,100}$/;

/**
 * Builds the HTTP API on an open context; nothing is sent to Redis before a request comes. `listenApi` opens its port.
 * `close()` takes no new connection, ends event streams, answers the requests in flight, and leaves the context open.
 */
export function createApi(ctx: Context): FastifyInstance {
  const { serving, beginClose, close } = openServing(ctx);
  const app = fastify({
    logger: false,
    genReqId: requestIds(),
    bodyLimit: MAX_BODY_BYTES,
    // Otherwise anybody could write another address into the audit log, and around the limits of one address.
    trustProxy: ctx.config.trustedProxies.length === 0 ? false : [...ctx.config.trustedProxies],
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A request that came over an open connection is still answered, with "Connection: close".
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, ctx.config.publicUrl),
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      return answerProblem(error, request, reply);
    },
  });
  const answerProblem = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const error = (thrown as { code?: string } | null)?.code === BODY_TOO_LARGE ? tooLarge(request) : thrown;
    const { problem, headers } = toProblem(error, ctx.config.publicUrl);
    if (problem.status === 500) {
      ctx.log.error({ err: error, request: request.id, route: routeNameOf(request) }, 'unexpected error in a request');
    }
    if (request.routeOptions.config.isPage === true) {
      const answer = pageAnswer(problem.status, messagePage(problem.title, problem.detail, problem.hint), headers);
      return reply.code(answer.status).headers(answer.headers!).send(answer.body);
    }
    return reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(stringifyAtEdge(problem));
  };

  app.decorateRequest('caller', null);
  readJsonBodies(app);
  app.setErrorHandler(answerProblem);
  const connections = watchConnections(app.server);
  app.addHook('onRequest', (request, reply, done) => {
    connections.used(request.raw.socket);
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // A connection that was busy when the server began to close would be kept, and the close would wait for it.
    if (serving.closing.aborted) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The headers of a stream were sent before; its connection is ended here.
    if (serving.closing.aborted) request.raw.socket.end();
    const route = routeNameOf(request);
    const { method } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    serving.metrics.observeRequest({ method, route, status, ms });
    const line = {
      request: request.id,
      method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
      key: request.caller?.keyId,
    };
    // Probes and scrapes come every few seconds and say nothing a user would ask about.
    if (request.caller === null && status < 400) ctx.log.debug(line, 'request answered');
    else ctx.log.info(line, 'request answered');
    done();
  });
  app.addHook('preClose', (done) => {
    beginClose();
    connections.beginClose();
    done();
  });
  app.addHook('onClose', (_app, done) => {
    close();
    connections.closed();
    done();
  });

  const routes = routesOf(serving);
  const adding = { serving, own: createOwnRoutes(serving, routesOf) };
  const described: DescribedRoute[] = [...routes, QUEUE_BOARD];
  const description = describeApi(described, ctx);
  for (const known of [routes, described]) known.push(description);
  for (const route of routes) if (route.isForm !== true && route.isRaw !== true) addRoute(app, adding, route);
  app.register((forms, _options, done) => {
    readForms(forms);
    for (const route of routes) if (route.isForm === true) addRoute(forms, adding, route);
    done();
  });
  app.register((raw, _options, done) => {
    readRawBodies(raw);
    for (const route of routes) if (route.isRaw === true) addRoute(raw, adding, route);
    done();
  });
  addQueueBoard(app, ctx, answerProblem);
  addBrowserApp(app);
  const allowed = allowedMethods(described);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const methods = allowed(path);
    if (methods.length === 0) throw new ConnectorError('ERR_ROUTE_UNKNOWN', `there is no resource at "${path}"`);
    reply.header('allow', methods.join(', '));
    throw new ConnectorError(
      'ERR_METHOD_NOT_ALLOWED',
      `"${path}" does not support ${request.method}; use ${methods.join(' or ')}`,
    );
  });
  return app;
}

function tooLarge({ method, routeOptions: { bodyLimit, url } }: FastifyRequest): ConnectorError {
  return new ConnectorError(
    'ERR_PAYLOAD_TOO_LARGE',
    `the body is larger than ${bodyLimit} bytes, the limit of ${method} ${url}`,
  );
}

/** A caller's own id is kept when it is plain, so that both sides' logs can be brought together. */
function requestIds(): (request: { headers: Record<string, string | string[] | undefined> }) => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}
