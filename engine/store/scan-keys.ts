import { nodesOf } from './redis.ts';
import type { RedisClient } from './redis-client.ts';

const COUNT = 1000;
/** What a glob pattern of Redis reads as more than itself. */
const SPECIAL = /[[\]*?^\\]/g;

/**
 * Every key that begins with `prefix`, in batches, from all masters of a Cluster. A key that is there from the beginning to the end
 * is given at least once; one that is added or renamed meanwhile may be.
 */
export async function* scanKeys(redis: RedisClient, prefix: string): AsyncGenerator<string[]> {
  const pattern = `${prefix.replaceAll(SPECIAL, '\\$&')}*`;
  for (const { node } of nodesOf(redis)) {
    for (let position = '0'; ; ) {
      const [next, found] = await node.scan(position, 'MATCH', pattern, 'COUNT', COUNT);
      if (found.length > 0) yield found;
      if (next === '0') break;
      position = next;
    }
  }
}
