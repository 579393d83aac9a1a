import { ensureFirstKey } from '../engine/access/first-key.ts';
import type { Context } from '../engine/context.ts';
import { closeContext, openContext } from '../engine/open.ts';
import { examineServer } from '../engine/operations/doctor.ts';
import type { Config } from '../engine/process/config.ts';
import { createLogger, type Logger } from '../engine/process/log.ts';

/** The API, the worker, or both in one process: together they take little more memory than either. */
export type Parts = 'api' | 'worker' | 'both';

export interface Serving {
  /** Where the API listens; none for a worker alone. */
  url: string | undefined;
  /** Takes nothing new, answers and saves active work, within about 10 seconds. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Opens the parts on the Redis of the configuration. A failure closes what was opened. The API alone does not wait for a
 * Redis that is away: it answers 503 until it is there.
 * @throws ConnectorError ERR_CONFIG, ERR_REDIS_UNAVAILABLE, ERR_MANIFEST_INVALID
 */
export async function serve(
  config: Config,
  parts: Parts,
  log: Logger = createLogger(config.logLevel),
): Promise<Serving> {
  const opened: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of opened.reverse()) await close();
  };
  try {
    let openApiContext = () => openPrepared(config, 'api', log);
    let url: string | undefined;
    if (parts !== 'api') {
      const ctx = await openPrepared(config, 'worker', log);
      opened.push(() => closeContext(ctx));
      if (parts === 'worker' && config.metricsPort !== undefined) {
        const { startMetricsServer } = await import('../api/metrics-server.ts');
        const metrics = await startMetricsServer(ctx, config.metricsPort);
        opened.push(() => metrics.close());
        log.info({ url: metrics.url }, 'metrics are served');
      }
      const { startWorker } = await import('../engine/worker.ts');
      const worker = await startWorker(ctx);
      opened.push(() => worker.close());
      const { manifests, keyring, artifacts, turns, meters } = ctx;
      // The worker's context closes it, which closes last.
      const expressions = { ...ctx.expressions, close: async () => {} };
      openApiContext = () =>
        openContext(config, 'api', { log, manifests, keyring, artifacts, expressions, turns, meters });
    }
    if (parts !== 'worker') {
      const { startApi } = await import('../api/start.ts');
      const api = await startApi(config, log, openApiContext);
      opened.push(() => api.close());
      url = api.url;
    }
    let closing: Promise<void> | undefined;
    return {
      url,
      close() {
        closing ??= closeAll();
        return closing;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** A context of a Redis that has the first key, and was looked at. */
async function openPrepared(config: Config, role: 'api' | 'worker', log: Logger): Promise<Context> {
  const ctx = await openContext(config, role, { log });
  try {
    await prepare(ctx);
    return ctx;
  } catch (error) {
    await closeContext(ctx);
    throw error;
  }
}

async function prepare(ctx: Context): Promise<void> {
  await ensureFirstKey(ctx);
  for (const { ok, subject, found, remedy } of await examineServer(ctx.redis, ctx.clock.now())) {
    if (!ok) ctx.log.warn({ subject, found, remedy }, 'Redis is not configured correctly');
  }
}
