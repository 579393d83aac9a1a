import { expect, inject, onTestFinished, test } from 'vitest';
import { openRedis, whenReady } from '../../../engine/store/redis.ts';

async function connected() {
  const url = inject('redisUrl');
  const redis = openRedis(url, 'wait');
  onTestFinished(() => redis.disconnect());
  await whenReady(redis, url, 5000);
  return redis;
}

test('commands of one turn are kept back until its end, and then written', async () => {
  const redis = await connected();

  const answers = [redis.echo('a'), redis.echo('b')];
  const { writableCorked, writableLength } = redis.stream;

  expect(writableCorked).toBe(1);
  expect(writableLength).toBeGreaterThan(0);
  expect(await Promise.all(answers)).toEqual(['a', 'b']);
  expect(redis.stream.writableCorked).toBe(0);
});

test('more than 8 KiB are written at once, and every answer belongs to its command', async () => {
  const redis = await connected();
  const texts = Array.from({ length: 200 }, (_, i) => `${i}`.repeat(1 + (i % 50) * 40));

  const answers = texts.map((text) => redis.echo(text));

  expect(redis.stream.writableLength).toBeLessThan(texts.join('').length);
  expect(await Promise.all(answers)).toEqual(texts);
});

test('a connection that is lost in the middle of a turn is followed by one that writes', async () => {
  const redis = await connected();

  const before = redis.echo('before');
  redis.stream.destroy();
  const after = redis.echo('after');

  expect(await Promise.all([before, after])).toEqual(['before', 'after']);
  expect(redis.stream.writableCorked).toBe(0);
});
