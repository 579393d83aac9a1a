/**
 * Makes the dump of a store of an older version: starts that version's API and worker from its own checkout, lets them work, kills them,
 * and writes what is in Redis then. Run as vitest.config.ts in this folder says.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../../../emulator/server.ts';
import { openRedis, whenReady } from '../../../../engine/store/redis.ts';
import { freePort } from '../../../global-setup.ts';
import { startRedis } from '../../../redis-servers.ts';
import { startService } from '../../service.ts';
import { startEndpoint as startReceiver } from '../../webhook-endpoint.ts';
import { type DumpHead, type DumpLine, readCommands } from './commands.ts';
import { fill } from './fill.ts';
import { EMULATOR, KEYS, PREFIX } from './known.ts';
import { startOldVersion } from './old-version.ts';

const API_KEY = `psk_${'7'.repeat(64)}`;

test('makes a dump', async () => {
  const folder = process.env.OLD_PENSTOCK;
  if (folder === undefined) throw new Error('set OLD_PENSTOCK to a checkout of the old version');
  const data = await mkdtemp(join(tmpdir(), 'penstock-dump-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const server = await startRedis();
  const emulator = await createEmulator(EMULATOR);
  onTestFinished(() => emulator.close());
  const services = { waiting: await startService(), limited: await startService(), paused: await startService() };
  const receiver = await startReceiver();
  const refusing = await startReceiver(() => 400);
  const old = await startOldVersion(folder, {
    port: await freePort(),
    apiKey: API_KEY,
    env: {
      REDIS_URL: server.url,
      PENSTOCK_ENCRYPTION_KEYS: KEYS,
      PENSTOCK_DATA: data,
      PENSTOCK_PUBLIC_URL: 'https://penstock.example',
      PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*',
      PENSTOCK_CONCURRENCY: '8',
      LOG_LEVEL: 'warn',
    },
  });

  const facts = await fill(old, { emulator, services, receiver, refusing });

  const redis = openRedis(server.url, 'wait');
  await whenReady(redis, server.url, 5000);
  const commands = await readCommands(redis, PREFIX);
  redis.disconnect();
  const head: DumpHead = {
    madeBy: execFileSync('git', ['-C', folder, 'log', '-1', '--format=%h %s'], { encoding: 'utf8' }).trim(),
    dumpedAt: Date.now(),
    facts: { ...facts, apiKey: API_KEY },
  };
  const lines: (DumpHead | DumpLine)[] = [head, ...commands, ...(await filesOf(data))];
  const hosts = {
    emulator: emulator.url,
    waiting: services.waiting.origin,
    limited: services.limited.origin,
    paused: services.paused.origin,
    receiver: receiver.url,
    refusing: refusing.url,
  };
  let text = lines.map((line) => JSON.stringify(line)).join('\n');
  for (const [name, origin] of Object.entries(hosts)) text = text.replaceAll(new URL(origin).host, `{{${name}}}`);
  text = text.replaceAll(emulator.warehouseId, '{{warehouse}}');
  text = text.replaceAll(/(s3:\/\/emulator\/\d+\/)[0-9a-f-]{36}/g, '$1{{table}}');
  expect(text).not.toContain('127.0.0.1:');
  await writeFile(new URL(`./${process.env.DUMP ?? 'version-1'}.ndjson`, import.meta.url), `${text}\n`);
});

async function filesOf(data: string): Promise<DumpLine[]> {
  const entries = await readdir(join(data, 'artifacts'), { recursive: true, withFileTypes: true }).catch(() => []);
  const lines: DumpLine[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    lines.push({ file: path.slice(data.length + 1), base64: (await readFile(path)).toString('base64') });
  }
  return lines;
}
