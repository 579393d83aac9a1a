import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { takeHeldPlace } from '../../engine/access/held-places.ts';
import type { Context } from '../../engine/context.ts';
import { newId } from '../../engine/store/ids.ts';
import { REQUIRED_ROLES } from '../roles.ts';
import { showApprovalLinks } from './approval-links.ts';
import { requireRole } from './auth.ts';
import { MAX_BODY_BYTES, MAX_FORM_BYTES, MAX_RAW_BYTES } from './body.ts';
import { answerText } from './exact-numbers.ts';
import { type OwnRoutes, readyRoute } from './own-routes.ts';
import { readWait } from './prefer.ts';
import { doOnce } from './repeat.ts';
import type { Answer, Call, DescribedRoute, Route } from './route.ts';
import type { Serving } from './serving.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route as api/roles.ts and the metrics name it. */
    route?: string;
    isPage?: boolean;
  }
}

/** Gives the server a route; its checks are compiled here, once. @throws Error for a route that api/roles.ts does not know */
export function addRoute(
  app: FastifyInstance,
  { serving: { ctx }, own }: { serving: Serving; own: OwnRoutes },
  added: Route,
): void {
  const name = `${added.method} ${added.path}`;
  const least = REQUIRED_ROLES[name];
  if (least === undefined) throw new Error(`api/roles.ts has no required role for ${name}`);
  const usual = readyRoute(added);
  // A key belongs to a tenant, and on routes for anyone there is none.
  const isRepeatable = added.method === 'POST' && least !== 'anyone';
  app.route({
    method: added.method,
    url: added.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { route: name, isPage: added.isPage === true },
    exposeHeadRoute: added.isStream !== true && added.isOnce !== true,
    bodyLimit: bodyLimitOf(added),
    onRequest: [
      ...(least === 'anyone' ? [] : [requireRole(ctx, least)]),
      ...(added.guard === undefined
        ? []
        : [(request: FastifyRequest) => added.guard!({ params: request.params as Record<string, string>, request })]),
    ],
    async handler(request, reply) {
      const found = request.caller === null ? usual : own.of(usual, request.caller.tenant);
      const { route, checkQuery, checkBody } = found instanceof Promise ? await found : found;
      const call: Call = {
        // Set by requireRole; the handlers of routes for anyone take an OpenCall.
        caller: request.caller!,
        params: request.params as Record<string, string>,
        query: checkQuery(request.query),
        body: checkBody(request.body),
        request,
        reply,
        runId: newId('run', ctx.clock.now()),
      };
      // Before anything is done: a run that was made all the same would be made again by the next try.
      if (route.mayWait === true && readWait(request.headers.prefer) !== undefined) await holdPlace(ctx, call);
      const handle = async () => (isRepeatable ? doOnce(ctx, route, call) : route.handle(call));
      // A stream is open for long, and costs little once it is.
      const hasTurn = least !== 'anyone' && route.isStream !== true;
      const made = await (hasTurn ? ctx.turns.take('request', call.caller.tenant, handle) : handle());
      return write(ctx, call, route.finish === undefined ? made : await route.finish(call, made));
    },
  });
}

/** Counts a request among those that the tenant has held, until it is answered or its sender goes. @throws ConnectorError ERR_QUOTA_BUSY */
async function holdPlace(ctx: Context, { caller, reply }: Call): Promise<void> {
  const { release } = await takeHeldPlace(ctx, caller.tenant, 'waits');
  if (reply.raw.destroyed) release();
  else reply.raw.once('close', release);
}

/** The largest body of a route in bytes. */
function bodyLimitOf({ maxBodyBytes, isForm, isRaw }: DescribedRoute): number {
  if (maxBodyBytes !== undefined) return maxBodyBytes;
  return isForm === true ? MAX_FORM_BYTES : isRaw === true ? MAX_RAW_BYTES : MAX_BODY_BYTES;
}

async function write(
  ctx: Context,
  { caller, request, reply }: Call,
  { status, headers = {}, body }: Answer,
): Promise<FastifyReply> {
  reply.code(status).headers(headers);
  if (body === undefined) return reply.send();
  if ('content-type' in headers) return reply.send(body);
  return reply
    .type('application/json')
    .send(await showApprovalLinks(ctx, answerText(body, request.headers.accept), caller));
}

/** The pattern of the route a request met; one name for all unknown paths. */
export function routeNameOf(request: FastifyRequest): string {
  return request.routeOptions.config.route ?? 'unknown';
}
