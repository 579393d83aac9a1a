import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { setQuotas } from '../../../engine/access/set-quotas.ts';
import { filesFolder, measureFiles, takeFileBytes } from '../../../engine/runs/file-bytes.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { readQuotas } from '../../../engine/store/quotas.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { ended } from '../../workspace.ts';

const TENANT = 'default';

async function open(limit: number) {
  const ctx = await testContext();
  await ctx.redis.hset(ctx.keys.record('tenant', TENANT), 'json', '{}', 'version', '1');
  await setQuotas(ctx, engineActor(TENANT), { tenant: TENANT, quotas: { file_bytes: limit } });
  const used = async () => (await readQuotas(ctx, TENANT)).file_bytes.used;
  return { ctx, used };
}

test('a run that would write files beyond the quota fails with both numbers, until somebody makes room', {
  timeout: 60_000,
}, async () => {
  const { ctx, used } = await open(100);
  const worker = await startWorker(ctx);
  const write = async (path: string, text: string) => {
    const request = { action: 'core.file', input: { path, rows: [{ text }] } };
    return ended(ctx, (await submitAction(ctx, TENANT, { request })).id);
  };
  try {
    const first = await write('a.ndjson', 'x'.repeat(60));
    const refused = await write('b.ndjson', 'y'.repeat(60));

    expect([first.status, await used()]).toEqual(['succeeded', 72]);
    expect(refused).toMatchObject({
      status: 'failed',
      error: {
        code: 'ERR_QUOTA_EXCEEDED',
        message: 'the tenant has 72 bytes of files that core.file wrote, and its quota "file_bytes" is 100',
      },
    });
    await rm(join(filesFolder(ctx, TENANT), 'a.ndjson'));
    await expect
      .poll(async () => (await write('b.ndjson', 'y'.repeat(60))).status, { timeout: 15_000 })
      .toBe('succeeded');
    expect(await used()).toBe(72);
  } finally {
    await worker.close();
  }
});

test('takes at once what several writers ask for together, and no more', async () => {
  const { ctx, used } = await open(100);

  const takes = await Promise.allSettled(Array.from({ length: 8 }, () => takeFileBytes(ctx, TENANT, 30)));

  expect(takes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(6);
  expect(await used()).toBeLessThanOrEqual(100);
});

test('a measurement says what is there: files in folders, not what links lead to, nor what a process that died never wrote', async () => {
  const { ctx, used } = await open(10_000);
  const folder = filesFolder(ctx, TENANT);
  await mkdir(join(folder, 'deep/er'), { recursive: true });
  await writeFile(join(folder, 'deep/er/a.ndjson'), 'x'.repeat(70));
  await writeFile(join(folder, 'b.ndjson'), 'x'.repeat(7));
  await symlink('/etc', join(folder, 'link'));
  await takeFileBytes(ctx, TENANT, 5000);

  await measureFiles(ctx);

  expect(await used()).toBe(77);
});

test('folders of workers that share none are added up', async () => {
  const { ctx, used } = await open(10_000);
  await ctx.redis.hset(ctx.keys.fileBytes(TENANT), 'fld_other', 500);
  await takeFileBytes(ctx, TENANT, 30);

  await measureFiles(ctx);

  expect(await used()).toBe(500);
});
