import type { Context } from '../../engine/context.ts';

/** Every key of a context and every value under it, as one text. */
export async function everythingIn({ redis, keys }: Context): Promise<string> {
  // A compressed dump would hide what is looked for.
  await redis.config('SET', 'rdbcompression', 'no');
  const names = await redis.keys(`${keys.prefix}*`);
  const dumps = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
  return [...names, ...dumps.map((dump) => dump?.toString('latin1'))].join('\n');
}
