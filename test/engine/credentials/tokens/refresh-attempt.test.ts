import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { engineActor } from '../../../../engine/access/audit.ts';
import type { Context } from '../../../../engine/context.ts';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import type { AuthenticationRecord } from '../../../../engine/credentials/records/authentication-record.ts';
import { isAttemptOpen, markAttempt } from '../../../../engine/credentials/tokens/refresh-attempt.ts';
import { closeContext } from '../../../../engine/open.ts';
import { tryLock } from '../../../../engine/store/locks.ts';
import { readRecord } from '../../../../engine/store/records.ts';
import { testContext, until } from '../../../context.ts';
import { startCluster } from '../../../redis-servers.ts';

const LONG = 60_000;

test.each(['one server', 'a Cluster'])(
  'an attempt stays open while the process that made it is connected to %s',
  { timeout: LONG },
  async (kind) => {
    const env: Record<string, string> = kind === 'a Cluster' ? { REDIS_URL: await unevenCluster() } : {};
    const ctx = await testContext({ env });
    const holder = await testContext({ env, prefix: ctx.keys.prefix });
    const record = await login(ctx);
    const lock = await tryLock(holder, `refresh:${record.value.id}`, LONG);
    const open = { ...ctx, tokens: { ...ctx.tokens, timings: { ...ctx.tokens.timings, attemptMs: -1 } } };

    expect(await markAttempt(holder, record, lock!)).toBe(true);

    for (let look = 0; look < 20; look += 1) expect(await isAttemptOpen(open, record.value)).toBe(true);
    await closeContext(holder);
    await until('the process is gone', async () => !(await isAttemptOpen(open, record.value)));
  },
);

/** A Cluster whose nodes number their connections differently, so that chance cannot hide that the wrong one was asked. */
async function unevenCluster(): Promise<string> {
  const { url, nodes } = await startCluster();
  for (const [index, { port }] of nodes.entries()) {
    for (let count = 0; count < index * 40; count += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    }
  }
  return url;
}

async function login(ctx: Context) {
  const authentication = { name: 'p', kind: 'pat', host: 'http://127.0.0.1:9', token: 't', test: false };
  const made = await createLinkedAccount(ctx, engineActor('acme'), { name: 'main', authentication });
  return (await readRecord<AuthenticationRecord>(ctx, 'authentication', made.authentication!.id))!;
}
