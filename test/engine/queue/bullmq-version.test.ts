import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { testContext } from '../../context.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The package whose BullMQ a project of the tests is for. */
    bullmq: 'bullmq' | 'bullmq-earlier';
  }
}

test('the queues are those of the BullMQ that the project of the tests is for', async () => {
  const ctx = await testContext();
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Record<string, string>>;
  const wanted = { ...dependencies, ...devDependencies }[inject('bullmq')]!.replace('npm:bullmq@', '');

  expect(await ctx.queues.runs.getVersion()).toBe(`bullmq:${wanted}`);
});
