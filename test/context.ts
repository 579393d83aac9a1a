import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { CheckSource } from '../engine/connectors/source-checks.ts';
import type { Context } from '../engine/context.ts';
import { type Expressions, openExpressions } from '../engine/expression-threads/expressions.ts';
import { closeContext, openContext } from '../engine/open.ts';
import type { Clock } from '../engine/process/clock.ts';
import { systemClock } from '../engine/process/clock.ts';
import { readConfig } from '../engine/process/config.ts';
import { createLogger } from '../engine/process/log.ts';
import { shippedManifests } from './shipped-manifests.ts';

/** Bytes of a fixed test key; never used outside tests. */
const TEST_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/** A limit for what hangs, no measure of speed: a machine that others use too is slow. Below the limit of a test. */
const UNTIL_MS = 40_000;
/** Between two looks: at first what comes soon is seen soon, later what takes its time is left the processor. */
const [FIRST_LOOK_MS, LAST_LOOK_MS, LOOK_GROWTH] = [4, 25, 1.3];

/**
 * Of all contexts of a process: its threads take longer to start than most tests. Idle, they keep no process alive. What closing
 * does is tested in test/engine/expression-threads.
 */
let expressions: Expressions | undefined;
/** What is wrong with connectors, by what was checked: each check is a process, and tests store the same few again and again. */
const checks = new Map<string, ReturnType<CheckSource>>();
let count = 0;

/**
 * A context on the run's real Redis with a prefix of its own, a temporary data folder and a silent log.
 * Closed when the test ends, and its keys with it. `env` is as for `readConfig`.
 */
export async function testContext(
  given: { env?: Record<string, string>; role?: 'api' | 'worker'; context?: Partial<Context>; prefix?: string } = {},
): Promise<Context> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  const config = readConfig({
    REDIS_URL: inject('redisUrl'),
    PENSTOCK_ENCRYPTION_KEYS: TEST_KEYS,
    PENSTOCK_DATA: folder,
    PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*',
    PENSTOCK_CONCURRENCY: '20',
    LOG_LEVEL: 'silent',
    ...given.env,
  });
  const prefix = given.prefix ?? `{t${process.pid}-${Date.now().toString(36)}-${count++}}:`;
  expressions ??= openExpressions();
  const ctx = await openContext({ ...config, prefix }, given.role ?? 'worker', {
    manifests: await shippedManifests(),
    expressions: { ...expressions, close: async () => {} },
    log: createLogger('silent'),
    ...given.context,
  });
  ctx.catalogs.checkSource = checkedOnce(ctx.catalogs.checkSource);
  onTestFinished(async () => {
    if (given.prefix === undefined) await removeKeys(ctx, prefix);
    await closeContext(ctx);
    await rm(folder, { recursive: true, force: true });
  });
  return ctx;
}

/** A clock that stands until it is moved; chance is the middle. */
export function testClock(start = systemClock.now()): Clock & { advance(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    random: () => 0.5,
    advance(ms) {
      now += ms;
    },
  };
}

/** Waits until `condition` gives something else than `undefined` or `false`, at most `limitMs`; the description is for the failure. */
export async function until<T>(
  description: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = UNTIL_MS,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * LOOK_GROWTH, LAST_LOOK_MS)) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain until ${description}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function checkedOnce(check: CheckSource): CheckSource {
  return (...given) => {
    const key = JSON.stringify(given);
    const answer = checks.get(key) ?? check(...given);
    checks.set(key, answer);
    answer.catch(() => checks.delete(key));
    return answer;
  };
}

async function removeKeys(ctx: Context, prefix: string): Promise<void> {
  const pattern = `${prefix.replaceAll(/[[\]*?]/g, '\\$&')}*`;
  for (let cursor = '0'; ; ) {
    const [next, keys] = await ctx.redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
    if (keys.length > 0) await ctx.redis.unlink(...keys);
    if (next === '0') return;
    cursor = next;
  }
}
