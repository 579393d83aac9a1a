import { examineServer } from '../../engine/operations/doctor.ts';
import { openRedis, whenReady } from '../../engine/store/redis.ts';

const READY_MS = 15_000;

/**
 * What is wrong with the Redis of `npm start`, a line each with what to do about it; an old one on the PATH, or one of
 * REDIS_URL that would lose runs.
 * @throws ConnectorError ERR_REDIS_UNAVAILABLE, ERR_CONFIG
 */
export async function problemsOfRedis(url: string): Promise<string[]> {
  const redis = openRedis(url, 'fail');
  try {
    await whenReady(redis, url, READY_MS);
    const findings = await examineServer(redis, Date.now());
    return findings.flatMap(({ ok, subject, found, remedy }) =>
      ok ? [] : [`${subject}: ${found}. ${remedy ?? ''}`.trimEnd()],
    );
  } finally {
    redis.disconnect();
  }
}
