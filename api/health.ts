import type { FastifyRequest } from 'fastify';
import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { isRedisUnavailable } from '../engine/store/redis.ts';
import { readKey } from './http/auth.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { isSameToken } from './metrics-token.ts';
import { sharedText } from './shared-metrics.ts';

/** A probe must be told within its own limit, also when Redis hangs. */
const REDIS_LIMIT_MS = 1000;

const BOOLEAN: JsonObject = { type: 'boolean' };

export const healthSchemas: JsonObject = {
  Health: object({ status: { const: 'ok' } }),
  Readiness: object({
    status: { type: 'string', enum: ['ready', 'unready'] },
    checks: { type: 'array', items: object({ subject: TEXT, ok: BOOLEAN }, { reason: TEXT, remedy: TEXT }) },
  }),
};

interface ReadyCheck {
  subject: string;
  ok: boolean;
  reason?: string;
  remedy?: string;
}

/** Liveness and readiness for probes, without a key and without anything of a tenant; and metrics for scrapers, which have ids of tenants. */
export function healthRoutes(serving: Serving): Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      operation: 'get_health',
      tag: 'Operations',
      summary: 'Liveness probe.',
      answers: { 200: { description: 'The process is alive.', schema: ref('Health') } },
      handle: () => ({ status: 200, body: { status: 'ok' } }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      operation: 'get_readiness',
      tag: 'Operations',
      summary: 'Readiness probe.',
      answers: {
        200: { description: 'The API is ready to serve requests.', schema: ref('Readiness') },
        503: { description: 'The API is not ready; `checks` lists the reasons.', schema: ref('Readiness') },
      },
      async handle() {
        const checks = [checkClosing(serving), await checkRedis(serving)];
        const isReady = checks.every(({ ok }) => ok);
        return {
          status: isReady ? 200 : 503,
          ...(isReady ? {} : { headers: { 'retry-after': '2' } }),
          body: { status: isReady ? 'ready' : 'unready', checks },
        };
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      operation: 'get_metrics',
      failures: [401],
      tag: 'Operations',
      summary: 'Get metrics in the Prometheus text format.',
      description:
        'Covers this process, to be summed over all API and worker processes, and the installation, which is the same at every API process. If PENSTOCK_METRICS_TOKEN is set, send it as `Authorization: Bearer TOKEN`. API keys are not accepted.',
      guard: async ({ request }) => requireMetricsToken(serving, request),
      answers: { 200: { description: 'Prometheus text exposition format.', content: 'text/plain' } },
      handle: async () => ({
        status: 200,
        headers: { 'content-type': serving.metrics.contentType },
        body: await metricsText(serving),
      }),
    }),
  ];
}

function requireMetricsToken({ ctx }: Serving, request: FastifyRequest): void {
  const { metricsToken } = ctx.config;
  if (metricsToken === undefined || isSameToken(readKey(request), metricsToken)) return;
  throw new ConnectorError('ERR_UNAUTHORIZED', 'the metrics token is not valid', {
    hint: 'Send "Authorization: Bearer <token>" with the value of PENSTOCK_METRICS_TOKEN.',
  });
}

/** This process and the installation. Without Redis the series of the installation are left out: old numbers would lie. */
async function metricsText({ ctx, metrics }: Serving): Promise<string> {
  const own = await metrics.text();
  try {
    return own + (await sharedText(ctx));
  } catch {
    // A scrape must not fail with Redis; /readyz tells of that.
    return own;
  }
}

function checkClosing({ closing }: Serving): ReadyCheck {
  if (!closing.aborted) return { subject: 'process', ok: true };
  return {
    subject: 'process',
    ok: false,
    reason: 'the process is shutting down',
    remedy: 'Send requests to another instance.',
  };
}

async function checkRedis({ ctx }: Serving): Promise<ReadyCheck> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${REDIS_LIMIT_MS} ms`)), REDIS_LIMIT_MS);
    });
    await Promise.race([ctx.redis.ping(), limit]);
    return { subject: 'redis', ok: true };
  } catch (error) {
    const reason = isRedisUnavailable(error) ? 'Redis is unavailable' : `Redis: ${(error as Error).message}`;
    return {
      subject: 'redis',
      ok: false,
      reason,
      remedy: 'Start Redis or check REDIS_URL. Run "penstock doctor" for details.',
    };
  } finally {
    clearTimeout(timer);
  }
}
