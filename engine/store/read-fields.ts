import type { RedisClient } from './redis-client.ts';
import { callScriptOverKeys } from './scripts.ts';

/** The same fields of many hashes, in one round trip and one command. */
export async function readFields(
  redis: RedisClient,
  keys: readonly string[],
  names: readonly string[],
): Promise<(string | null)[][]> {
  if (keys.length === 0) return [];
  return (await callScriptOverKeys(redis, 'readFields', [...keys], [...names])) as (string | null)[][];
}
