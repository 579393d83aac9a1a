import type { SchemaStore } from './schema-stamp.ts';

/** A heartbeat of any version, as far as every version writes it. */
interface Heartbeat {
  role: string;
  host: string;
  pid: number;
  /** Epoch ms. */
  seenAt: number;
  /** Left out by version 1. */
  schemaVersion?: number;
}

/** A process that was silent for three heartbeats is gone. */
export const GONE_MS = 16_000;

/**
 * The processes whose code is older than `oldestVersion` and that sent a heartbeat within `GONE_MS`, by id. A heartbeat that cannot be
 * read counts as one of version 1 that was sent now: it is better to refuse than to migrate under a live process.
 */
export async function readOldProcesses(
  { redis, keys, clock }: SchemaStore,
  oldestVersion: number,
): Promise<Map<string, { name: string; seenAt: number }>> {
  const [workers, apis] = await Promise.all([redis.hgetall(keys.workers()), redis.hgetall(keys.apiProcesses())]);
  const now = clock.now();
  const found = new Map<string, { name: string; seenAt: number }>();
  for (const [id, text] of Object.entries({ ...workers, ...apis })) {
    const {
      role,
      host,
      pid,
      seenAt,
      schemaVersion = 1,
    } = parse(text) ?? { role: 'unknown', host: '?', pid: 0, seenAt: now };
    if (schemaVersion >= oldestVersion || seenAt <= now - GONE_MS) continue;
    found.set(id, {
      name: `${role === 'api' ? 'API' : role} process ${pid} on ${host} (schema version ${schemaVersion})`,
      seenAt,
    });
  }
  return found;
}

function parse(text: string): Heartbeat | undefined {
  try {
    const heartbeat = JSON.parse(text) as Heartbeat;
    return Number.isFinite(heartbeat?.seenAt) ? heartbeat : undefined;
  } catch {
    return undefined;
  }
}
