import { toErrorRecord } from '../connector/errors.ts';
import type { Context } from '../engine/context.ts';
import { closeContext } from '../engine/open.ts';
import type { Config } from '../engine/process/config.ts';
import type { Logger } from '../engine/process/log.ts';
import { startApiHeartbeat } from '../engine/secrets/processes.ts';
import { isRedisUnavailable } from '../engine/store/redis.ts';
import { listenApi } from './http/listen.ts';
import { openStandIn, type Reason } from './http/stand-in.ts';
import { createApi } from './server.ts';

/** The API of one process. */
export interface RunningApi {
  /** Where it listens. */
  url: string;
  /** Takes nothing new, answers the requests in flight, and closes its context. A second call waits for the first. */
  close(): Promise<void>;
}

/** A Redis that is there answers within this; after it, the port is opened without. */
const PATIENCE_MS = 1000;

/** Between two tries to open; each waits for Redis by itself. */
const AGAIN_MS = 200;

const WAITING: Reason = {
  subject: 'redis',
  reason: 'Redis does not respond yet',
  remedy:
    'Start Redis or check REDIS_URL. Run "penstock doctor" for details. While the store is migrated, the log shows the progress.',
};

/**
 * Starts the API on a context that `open` opens, and closes it at the end. Where Redis is unavailable the port is opened all the
 * same: everything is answered with 503 and the reason until Redis is available, and `open` is called again as often as it
 * takes. What else is wrong at once is thrown; found later, it is logged and told by /readyz.
 * @throws ConnectorError ERR_CONFIG, ERR_MANIFEST_INVALID
 */
export async function startApi(config: Config, log: Logger, open: () => Promise<Context>): Promise<RunningApi> {
  const first = open();
  const early = await Promise.race([first, after(PATIENCE_MS)]);
  if (early !== undefined) return serveWith(early, config);
  log.warn('Redis is unavailable; requests get 503 until it is available');
  let why = WAITING;
  const standIn = await openStandIn(config, () => why).catch(async (error: unknown) => {
    first.then(closeContext, () => {}); // The address is the error to tell.
    throw error;
  });
  const address = { host: config.host, port: standIn.port };
  const stopping = new AbortController();
  const serving = openUntilThere(first, open, stopping.signal).then(
    async (ctx) => {
      await standIn.close();
      if (ctx === undefined) return undefined;
      log.info('Redis is available');
      return serveWith(ctx, address);
    },
    (error: unknown) => {
      const { message, hint } = toErrorRecord(error);
      why = {
        subject: 'start',
        reason: message,
        remedy: hint ?? 'See the log of this process, fix the problem, and restart it.',
      };
      log.fatal({ err: error }, 'the API cannot be started');
      return undefined;
    },
  );
  return {
    url: urlOf(address),
    async close() {
      stopping.abort();
      await standIn.close();
      // A context that is still being opened closes itself when it is there.
      await Promise.race([serving.then((api) => api?.close()), after(PATIENCE_MS)]);
    },
  };
}

async function serveWith(ctx: Context, address: { host: string; port: number }): Promise<RunningApi> {
  const app = createApi(ctx);
  const heartbeat = await startApiHeartbeat(ctx);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      await app.close();
      await heartbeat.close();
      await closeContext(ctx);
    })();
    return closing;
  };
  try {
    return { url: await listenApi(app, address), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The context once Redis is available; undefined when the process leaves before. */
async function openUntilThere(
  first: Promise<Context>,
  open: () => Promise<Context>,
  stopping: AbortSignal,
): Promise<Context | undefined> {
  for (let opening = first; ; opening = open()) {
    try {
      const ctx = await opening;
      if (!stopping.aborted) return ctx;
      await closeContext(ctx);
      return undefined;
    } catch (error) {
      if (stopping.aborted) return undefined;
      if (!isRedisUnavailable(error) && toErrorRecord(error).code !== 'ERR_REDIS_UNAVAILABLE') throw error;
      await after(AGAIN_MS);
    }
  }
}

/** As Fastify tells it: an address of all interfaces is reached on the loopback. */
function urlOf({ host, port }: { host: string; port: number }): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function after(ms: number): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(resolve, ms, undefined).unref();
  return promise;
}
