import type { RedisClient } from '../../../../engine/store/redis-client.ts';
import { scanKeys } from '../../../../engine/store/scan-keys.ts';

/** One line of a dump: a Redis command that writes, or a file of the data folder. */
export type DumpLine = [command: string, key: string, ...args: string[]] | { file: string; base64: string };

/** First line of a dump. */
export interface DumpHead {
  /** What the store was written by. */
  madeBy: string;
  /** Epoch ms; every time in the dump is near it. */
  dumpedAt: number;
  /** What the test must know: keys, ids, secrets of the test. */
  facts: Record<string, unknown>;
}

/** Members of one command: a line stays readable. */
const MEMBERS = 20;

/** Every key of a store as the commands that write it, in the order of the keys. */
export async function readCommands(redis: RedisClient, prefix: string): Promise<[string, string, ...string[]][]> {
  const keys = new Set<string>();
  for await (const found of scanKeys(redis, prefix)) for (const key of found) keys.add(key);
  const commands: [string, string, ...string[]][] = [];
  for (const key of [...keys].sort()) {
    commands.push(...(await commandsOf(redis, key)));
    const ttl = await redis.pttl(key);
    if (ttl > 0) commands.push(['PEXPIRE', key, String(ttl)]);
  }
  return commands;
}

async function commandsOf(redis: RedisClient, key: string): Promise<[string, string, ...string[]][]> {
  switch (await redis.type(key)) {
    case 'string':
      return [['SET', key, (await redis.get(key))!]];
    case 'hash': {
      const fields = Object.entries(await redis.hgetall(key)).sort(([a], [b]) => (a < b ? -1 : 1));
      return inParts(fields).map((part) => ['HSET', key, ...part.flat()]);
    }
    case 'list':
      return inParts(await redis.lrange(key, 0, -1)).map((part) => ['RPUSH', key, ...part]);
    case 'set':
      return inParts((await redis.smembers(key)).sort()).map((part) => ['SADD', key, ...part]);
    case 'zset': {
      const flat = await redis.zrange(key, 0, '-1', 'WITHSCORES');
      const pairs = flat.flatMap((member, i) => (i % 2 === 0 ? [[flat[i + 1]!, member]] : []));
      return inParts(pairs).map((part) => ['ZADD', key, ...part.flat()]);
    }
    case 'stream':
      return (await redis.xrange(key, '-', '+')).map(([id, fields]) => ['XADD', key, id, ...fields]);
    case 'none':
      return [];
    default:
      throw new Error(`the key ${key} has a type that a dump does not know`);
  }
}

function inParts<T>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += MEMBERS) parts.push(items.slice(at, at + MEMBERS));
  return parts;
}
