import { hostname } from 'node:os';
import { newId } from '../store/ids.ts';
import { GONE_MS } from '../store/old-processes.ts';
import { SCHEMA_VERSION } from '../store/schema-stamp.ts';
import type { Context } from './context.ts';

/** A process of the system, as it tells of itself. One that serves the API and works tells twice. */
export interface ProcessView {
  id: string;
  role: 'api' | 'worker';
  host: string;
  pid: number;
  /** The encryption key that it seals with. */
  keyId: string;
  /** The data keys that it can open with; see engine/secrets/data-keyring.ts. */
  dataKeys?: readonly string[];
  /** Of its code. Left out by version 1. */
  schemaVersion?: number;
  /** Epoch ms. */
  startedAt: number;
  seenAt: number;
}

/** What tells the others every few seconds that this process lives. */
export interface Heartbeat {
  /** Takes the process off. */
  close(): Promise<void>;
}

const BEAT_MS = 5000;
/** Who this process is, for its heartbeats. */
export function describeProcess(ctx: Context, role: ProcessView['role']): Omit<ProcessView, 'seenAt' | 'dataKeys'> {
  const startedAt = ctx.clock.now();
  const id = newId(role === 'worker' ? 'wrk' : 'api', startedAt);
  return {
    id,
    role,
    host: hostname(),
    pid: process.pid,
    keyId: ctx.keyring.primaryId,
    schemaVersion: SCHEMA_VERSION,
    startedAt,
  };
}

/** What changes in a heartbeat of every process. Learns of new data keys first, so that it never claims less than it knows. */
export async function presentState(ctx: Context): Promise<Pick<ProcessView, 'seenAt' | 'dataKeys'>> {
  await ctx.dataKeyring.refresh();
  return { dataKeys: ctx.dataKeyring.ids, seenAt: ctx.clock.now() };
}

/** Sends the second heartbeat and all later ones. `leave` is sent at the end. */
export function keepHeartbeats(
  ctx: Context,
  heartbeat: () => Promise<unknown>,
  leave: () => Promise<unknown>,
): Heartbeat {
  const again = () => {
    heartbeat().catch(() => {
      // Redis is unavailable; the next heartbeat comes soon.
    });
  };
  const timer = setInterval(again, BEAT_MS);
  timer.unref();
  // After an outage nobody knows of this process until it has told.
  ctx.redis.on('ready', again);
  return {
    async close() {
      clearInterval(timer);
      ctx.redis.off('ready', again);
      await leave().catch(() => {
        // Redis is unavailable: the process is gone when its last heartbeat is old.
      });
    },
  };
}

/** Tells the others that this process serves the API, and under which key it seals. While Redis is unavailable, this is retried. */
export async function startApiHeartbeat(ctx: Context): Promise<Heartbeat> {
  const { redis, keys } = ctx;
  const self = describeProcess(ctx, 'api');
  const heartbeat = async () => {
    await redis.hset(keys.apiProcesses(), self.id, JSON.stringify({ ...self, ...(await presentState(ctx)) }));
    const gone = [...(await readHeartbeats(ctx))].filter(([, { seenAt }]) => isGone(ctx, seenAt)).map(([id]) => id);
    if (gone.length > 0) await redis.hdel(keys.apiProcesses(), ...gone);
  };
  await heartbeat().catch((error: unknown) =>
    ctx.log.warn({ err: error }, 'the API could not send its first heartbeat yet'),
  );
  return keepHeartbeats(ctx, heartbeat, () => redis.hdel(keys.apiProcesses(), self.id));
}

/** Every process there is, workers first. */
export async function readProcesses(ctx: Heartbeats): Promise<ProcessView[]> {
  const heartbeats = Object.values(await ctx.redis.hgetall(ctx.keys.workers()));
  const workers = heartbeats.flatMap((text) => parseHeartbeat<ProcessView>(text) ?? []);
  return [...workers, ...(await readHeartbeats(ctx)).values()].filter(({ seenAt }) => !isGone(ctx, seenAt));
}

/** A process in words. */
export function nameOfProcess({ role, pid, host }: ProcessView): string {
  return `${role === 'api' ? 'API' : 'worker'} process ${pid} of ${host}`;
}

type Heartbeats = Pick<Context, 'redis' | 'keys' | 'clock'>;

async function readHeartbeats({ redis, keys }: Heartbeats): Promise<Map<string, ProcessView>> {
  const all = Object.entries(await redis.hgetall(keys.apiProcesses()));
  return new Map(
    all.flatMap(([id, text]) => {
      const heartbeat = parseHeartbeat<ProcessView>(text);
      return heartbeat === undefined ? [] : [[id, heartbeat] as const];
    }),
  );
}

/** A heartbeat that cannot be read is ignored: the next one of its process comes within seconds. */
export function parseHeartbeat<T extends ProcessView>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

function isGone({ clock }: Heartbeats, seenAt: number): boolean {
  return seenAt <= clock.now() - GONE_MS;
}
