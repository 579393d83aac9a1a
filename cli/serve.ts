import { listenApi } from '../api/listen.ts';
import { createApi } from '../api/server.ts';
import type { Config } from '../engine/config.ts';
import type { Context } from '../engine/context.ts';
import { examineServer } from '../engine/doctor.ts';
import { ensureFirstKey } from '../engine/first-key.ts';
import { createLogger, type Logger } from '../engine/log.ts';
import { closeContext, openContext } from '../engine/open.ts';
import { startWorker } from '../engine/worker.ts';

/** The API, the worker, or both in one process: together they take little more memory than either. */
export type Parts = 'api' | 'worker' | 'both';

export interface Serving {
  /** Where the API listens; none for a worker alone. */
  url: string | undefined;
  /** Takes nothing new, answers and saves what is in hand, within about 10 seconds. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Opens the parts on the Redis of the configuration. A failure closes what was opened.
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
  const open = async (role: 'api' | 'worker', given: Partial<Context> = {}) => {
    const ctx = await openContext(config, role, { log, ...given });
    opened.push(() => closeContext(ctx));
    return ctx;
  };
  try {
    let shared: Partial<Context> = {};
    let url: string | undefined;
    if (parts !== 'api') {
      const ctx = await open('worker');
      await prepare(ctx);
      const worker = await startWorker(ctx);
      opened.push(() => worker.close());
      shared = { catalogue: ctx.catalogue, keyring: ctx.keyring, artifacts: ctx.artifacts };
    }
    if (parts !== 'worker') {
      const ctx = await open('api', shared);
      if (parts === 'api') await prepare(ctx);
      const api = createApi(ctx);
      opened.push(() => api.close());
      url = await listenApi(api, config);
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

async function prepare(ctx: Context): Promise<void> {
  await ensureFirstKey(ctx);
  for (const { ok, subject, found, remedy } of await examineServer(ctx.redis, ctx.clock.now())) {
    if (!ok) ctx.log.warn({ subject, found, remedy }, 'Redis is not set up as it must be');
  }
}
