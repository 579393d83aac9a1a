import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { scopeOf } from '../../../engine/connectors/scope.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { addConnector, replaceConnector } from '../../../engine/workflows/own-connectors.ts';
import { pingFiles } from '../../api/own-connector-files.ts';
import { COMPILE_CACHE } from '../../compile-cache.ts';
import { testContext, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { kill, startForkedWorker } from '../forked-worker.ts';

const ADDING_PROCESS = fileURLToPath(new URL('./adding-process.ts', import.meta.url));

/** Adds the connector `pinger` in another process, which is killed before or after it is stored. */
async function addElsewhere({ config }: Context, tenant: string, when: 'before' | 'after'): Promise<void> {
  const env = {
    ...COMPILE_CACHE,
    PATH: process.env.PATH,
    FILES: JSON.stringify(pingFiles({ path: '/old' })),
    KILL: when,
    TENANT: tenant,
    PREFIX: config.prefix,
    REDIS_URL: config.redisUrl,
    PENSTOCK_ENCRYPTION_KEYS: config.encryptionKeys,
    PENSTOCK_DATA: config.dataFolder,
  };
  const child = spawn(process.execPath, [ADDING_PROCESS], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

test('a process that is killed while it adds a connector leaves all of it or nothing; a worker that is killed while it uses one continues with the files of its run', async () => {
  const ctx = await testContext();
  const asked: string[] = [];
  let isHeld = true;
  const service = await startHttpServer((request, response) => {
    asked.push(request.url!);
    if (!isHeld) response.setHeader('content-type', 'application/json').end(JSON.stringify({ said: request.url }));
  });
  const used = async (tenant: string) => ctx.redis.hmget(ctx.keys.usage(tenant), 'connectors', 'connector_bytes');

  await Promise.all([addElsewhere(ctx, 'before', 'before'), addElsewhere(ctx, 'after', 'after')]);
  const [none, whole] = [await scopeOf(ctx, 'before'), await scopeOf(ctx, 'after')];

  expect(none.manifests.actions.has('pinger.ping')).toBe(false);
  expect(await used('before')).toEqual([null, null]);
  expect(whole.manifests.connectors.get('pinger')?.own).toMatchObject({ tenant: 'after', revision: 1 });
  expect((await used('after'))[0]).toBe('1');
  await addConnector(ctx, engineActor('before'), { files: pingFiles() });
  expect((await used('before'))[0]).toBe('1');

  const actor = engineActor('after');
  await createLinkedAccount(whole, actor, {
    name: 'pings',
    connector: 'pinger',
    base_url: service.origin,
    authentication: { name: 'key', kind: 'api_key', api_key: 'k', test: false },
  });
  const first = await startForkedWorker(ctx);
  const run = await submitAction(ctx, 'after', {
    request: { action: 'pinger.ping', linked_account: 'pings', input: {} },
  });
  await until('the worker has asked', () => asked.length === 1);
  await kill(first, 'SIGKILL');
  await replaceConnector(ctx, actor, { id: 'pinger', body: { files: pingFiles({ path: '/new' }) } });
  isHeld = false;
  await startForkedWorker(ctx);
  const ended = await until('another worker has ended the run', async () => {
    const found = await readRun(ctx, run.id);
    return found?.status === 'succeeded' ? found : undefined;
  });

  expect(ended.output).toEqual({ said: '/old' });
  expect(new Set(asked)).toEqual(new Set(['/old']));
}, 60_000);
