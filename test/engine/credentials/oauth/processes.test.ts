import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import {
  createAuthentication,
  getAuthentication,
} from '../../../../engine/credentials/authentications/authentications.ts';
import type { RefreshTimings } from '../../../../engine/credentials/records/token-cache.ts';
import { resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { readEvents } from '../../../../engine/events/event-stream.ts';
import { COMPILE_CACHE } from '../../../compile-cache.ts';
import { until } from '../../../context.ts';
import type { ResolveAnswer, ResolveOrder } from './resolver.ts';
import { admin, type OAuthSetting, oauthSetting, signIn } from './setting.ts';

const TIMINGS: RefreshTimings = { lockMs: 600, waitMs: 15_000, attemptMs: 1500, patienceMs: 60_000 };
const TEST_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/** Eight processes start on two cores that others may be using. */
vi.setConfig({ testTimeout: 180_000 });

let pool: ChildProcess[] = [];

afterAll(async () => {
  await Promise.all(
    pool.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }),
  );
});

describe('worker processes with one expired authentication', () => {
  it('ask for one token when 8 of them start 1,000 runs', async () => {
    const setting = await expired('login');
    const workers = await workersOf(8);

    const answers = await Promise.all(workers.map((worker) => order(worker, setting, 125)));

    expect(answers.flatMap((answer) => answer.failures)).toEqual([]);
    expect(total(answers)).toEqual([1000]);
    expect(setting.oidc.received).toBe(1);
  });

  it('continue when the holder of the lock is killed before the server has acted on its request', async () => {
    const setting = await expired('login');
    const { oidc } = setting;
    const [holder, ...others] = await workersOf(3);
    oidc.hold = () => new Promise(() => {});
    void order(holder!, setting, 10).catch(() => {});
    await until('the holder has sent its request', () => oidc.received === 1);
    const answers = Promise.all(others.map((worker) => order(worker, setting, 10)));

    oidc.hold = undefined;
    holder!.kill('SIGKILL');

    expect(total(await answers)).toEqual([20]);
    expect(oidc.tokenRequests.filter((grant) => grant === 'refresh_token')).toHaveLength(1);
    expect(oidc.revokedGrants).toBe(0);
    await staysAlive(setting);
  });

  it('leave the grant alone while the holder of the lock is paused past its time with the answer on the way', async () => {
    const setting = await expired('login');
    const { oidc } = setting;
    const [holder, ...others] = await workersOf(3);
    let answerNow = () => {};
    oidc.holdAnswer = () => new Promise((resolve) => (answerNow = resolve));
    const held = order(holder!, setting, 10);
    await until('the server has used the refresh token', () => oidc.tokenRequests.includes('refresh_token'));
    holder!.kill('SIGSTOP');
    answerNow();
    const answers = Promise.all(others.map((worker) => order(worker, setting, 10)));
    await until('the lock has lapsed and no live process could still be waiting', () =>
      isAttemptOlder(setting, TIMINGS.attemptMs + 2 * TIMINGS.lockMs),
    );
    expect(oidc.received).toBe(1);

    oidc.holdAnswer = undefined;
    holder!.kill('SIGCONT');

    expect(total([await held, ...(await answers)])).toEqual([30]);
    expect(oidc.received).toBe(1);
    expect(oidc.revokedGrants).toBe(0);
    await staysAlive(setting);
  });

  it('never send what a holder would have sent that was paused past its time before sending', async () => {
    const setting = await expired('login');
    const { oidc } = setting;
    const [holder, ...others] = await workersOf(3);
    let discoverNow = () => {};
    let isDiscovering = false;
    oidc.holdDiscovery = () => {
      isDiscovering = true;
      return new Promise((resolve) => (discoverNow = resolve));
    };
    const held = order(holder!, setting, 10);
    await until('the holder is on its way to the request', () => isDiscovering);
    oidc.holdDiscovery = undefined;
    holder!.kill('SIGSTOP');

    const answers = await Promise.all(others.map((worker) => order(worker, setting, 10)));
    discoverNow();
    holder!.kill('SIGCONT');

    expect(total([await held, ...answers])).toEqual([30]);
    expect(oidc.received).toBe(1);
    expect(oidc.revokedGrants).toBe(0);
    await staysAlive(setting);
  });

  it('ask once more when the holder is killed with the answer of a server that takes a refresh token twice', async () => {
    const setting = await expired('login');
    const { oidc } = setting;
    oidc.rotates = false;
    const [holder, ...others] = await workersOf(3);
    oidc.holdAnswer = () => new Promise(() => {});
    void order(holder!, setting, 1).catch(() => {});
    await until('the server has done its work', () => oidc.tokenRequests.includes('refresh_token'));
    oidc.holdAnswer = undefined;

    holder!.kill('SIGKILL');
    const answers = await Promise.all(others.map((worker) => order(worker, setting, 10)));

    expect(total(answers)).toEqual([20]);
    expect(oidc.received).toBe(2);
    await staysAlive(setting);
  });

  it('say that a person is needed when the holder is killed with the only answer', async () => {
    const setting = await expired('login');
    const { oidc } = setting;
    const [holder, other] = await workersOf(2);
    oidc.holdAnswer = () => new Promise(() => {});
    void order(holder!, setting, 1).catch(() => {});
    await until('the server has used the refresh token', () => oidc.tokenRequests.includes('refresh_token'));
    oidc.holdAnswer = undefined;

    holder!.kill('SIGKILL');
    const { failures } = await order(other!, setting, 1);

    // The server gave the next refresh token to a process that is gone; with strict rotation nobody can have it.
    expect(failures).toEqual([expect.stringContaining('invalid_grant')]);
    expect((await getAuthentication(setting.ctx, 'acme', 'main', setting.authentication)).status).toBe('needs_reauth');
    const events = (await readEvents(setting.ctx, 'acme')).map(({ event }) => event.type);
    expect(events).toEqual(['authentication.created', 'authentication.needs_reauth']);
    // Nobody asks with the dead token again.
    await order(other!, setting, 5);
    expect(oidc.received).toBe(2);
  });

  it('follow a killed holder of a service principal within the life of its lock', async () => {
    const setting = await expired('service principal');
    const { oidc } = setting;
    const [holder, ...others] = await workersOf(3);
    oidc.hold = () => new Promise(() => {});
    void order(holder!, setting, 1).catch(() => {});
    await until('the holder has sent its request', () => oidc.received === 1);
    oidc.hold = undefined;

    holder!.kill('SIGKILL');
    await once(holder!, 'exit');
    const life = await setting.ctx.redis.pttl(setting.ctx.keys.lock(`refresh:${setting.authentication}`));
    const answers = await Promise.all(others.map((worker) => order(worker, setting, 10)));

    expect(total(answers)).toEqual([20]);
    // It lapses by itself; -2 when it has by now, and -1 would be a lock that nothing ends.
    expect(life).not.toBe(-1);
    expect(life).toBeLessThanOrEqual(TIMINGS.lockMs);
    expect(oidc.received).toBe(2);
  });
});

/** A linked account whose access token has just ended. */
async function expired(kind: 'login' | 'service principal'): Promise<OAuthSetting & { authentication: string }> {
  const setting = await oauthSetting();
  const { ctx, oidc } = setting;
  const { id } =
    kind === 'login'
      ? await signIn(ctx, { name: 'me', oauth_app: 'public' })
      : await createAuthentication(ctx, admin, 'main', {
          name: 'robot',
          kind: 'oauth_m2m',
          host: oidc.origin,
          client_id: oidc.clients.service.id,
          client_secret: oidc.clients.service.secret,
        });
  await ctx.redis.del(ctx.keys.accessToken(id));
  ctx.tokens.accessTokens.clear();
  oidc.tokenRequests.length = 0;
  oidc.received = 0;
  return { ...setting, authentication: id };
}

/** The first `count` workers that live; a killed one is replaced. */
async function workersOf(count: number): Promise<ChildProcess[]> {
  pool = pool.filter((child) => child.exitCode === null && child.signalCode === null);
  const more = Array.from({ length: Math.max(0, count - pool.length) }, startWorker);
  pool.push(...(await Promise.all(more)));
  return pool.slice(0, count);
}

async function startWorker(): Promise<ChildProcess> {
  const child = fork(new URL('./resolver.ts', import.meta.url), {
    env: {
      ...COMPILE_CACHE,
      PATH: process.env.PATH,
      REDIS_URL: inject('redisUrl'),
      PENSTOCK_ENCRYPTION_KEYS: TEST_KEYS,
      LOG_LEVEL: 'silent',
      TEST_TIMINGS: JSON.stringify(TIMINGS),
    },
  });
  await answerOf(child);
  return child;
}

async function order(child: ChildProcess, { ctx, env, account }: OAuthSetting, times: number): Promise<ResolveAnswer> {
  const answer = answerOf(child);
  const given: ResolveOrder = {
    prefix: ctx.keys.prefix,
    allowedHosts: env.PENSTOCK_ALLOWED_HOSTS!,
    tenant: 'acme',
    account,
    times,
  };
  child.send(given);
  return answer;
}

async function answerOf(child: ChildProcess): Promise<ResolveAnswer> {
  const answer = once(child, 'message').then(([message]) => message as ResolveAnswer);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the worker process ended (${String(code ?? signal)})`);
  });
  return Promise.race([answer, ended]);
}

/** How often each token was given; one entry: all were given the same. */
function total(answers: readonly ResolveAnswer[]): number[] {
  const counts: Record<string, number> = {};
  for (const { tokens = {} } of answers)
    for (const [token, count] of Object.entries(tokens)) counts[token] = (counts[token] ?? 0) + count;
  return Object.values(counts);
}

/** By Redis' own count; the attempt is remembered for a day. */
async function isAttemptOlder(
  { ctx, authentication }: { ctx: OAuthSetting['ctx']; authentication: string },
  ageMs: number,
): Promise<boolean> {
  return 86_400_000 - (await ctx.redis.pttl(ctx.keys.refreshAttempt(authentication))) > ageMs;
}

/** The grant can be refreshed once more: nobody has stored a dead refresh token. */
async function staysAlive({ ctx, oidc, clock, account }: OAuthSetting): Promise<void> {
  clock.advance(7_200_000);
  oidc.received = 0;
  expect((await resolveAuthentication(ctx, 'acme', account)).headers.authorization).toMatch(/^Bearer /);
  expect(oidc.received).toBe(1);
}
