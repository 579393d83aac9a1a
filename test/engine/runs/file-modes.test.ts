import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examine } from '../../../engine/operations/doctor.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { ended } from '../../workspace.ts';

/** Path -> permission bits of all that is in the folder. */
async function modesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true });
  const modes = entries.map(async (path) => [path, ((await stat(join(folder, path))).mode & 0o777).toString(8)]);
  return Object.fromEntries(await Promise.all(modes));
}

test('artifacts and files are for the own user only, with any umask', async () => {
  const ctx = await testContext();
  const worker = await startWorker(ctx);
  const before = process.umask(0o000);
  try {
    const submit = (action: string, input: object) => submitAction(ctx, 'default', { request: { action, input } });
    const file = await submit('core.file', { path: 'deep/x.ndjson', rows: [{ n: 1 }] });
    const large = await submit('core.transform', { value: 'x'.repeat(2_000_000) });
    await ended(ctx, file.id);
    await ended(ctx, large.id);
  } finally {
    process.umask(before);
    await worker.close();
  }

  const modes = await modesIn(ctx.config.dataFolder);

  expect(Object.keys(modes)).toContain('files/default/deep/x.ndjson');
  expect(Object.keys(modes).some((path) => /^artifacts\/.*art_run/.test(path))).toBe(true);
  for (const [path, mode] of Object.entries(modes)) expect(mode, path).toMatch(/^[67]00$/);
});

test('a data folder that doctor makes is for the own user only', async () => {
  const { config } = await testContext();
  await rm(config.dataFolder, { recursive: true });

  await examine(config);

  expect((await stat(config.dataFolder)).mode & 0o777).toBe(0o700);
});
