import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { pureTests } from './test/pure.ts';

const pure = pureTests(import.meta.dirname);

export default defineConfig({
  test: {
    // Limits for what hangs, no measure of speed. Nothing is tried again: a test that fails now and then has a flaw.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Files share a process: loading the code and compiling 300 schemas would be two thirds of the time. So a test leaves
    // nothing behind, and changes nothing that the process shares.
    isolate: false,
    // Half of the time is waiting for polls, schedules, timeouts and processes.
    maxWorkers: 2 * availableParallelism(),
    projects: [
      { extends: true, test: { name: 'fast', include: pure } },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: pure,
          globalSetup: ['test/global-setup.ts'],
        },
      },
      {
        extends: true,
        // An earlier minor of BullMQ: what is used of it is public, and stays.
        resolve: { alias: { bullmq: 'bullmq-earlier' } },
        test: {
          name: 'earlier-bullmq',
          include: [
            'test/engine/queue/{account-backlog,neighbors,queue-controls,schedules,tracing}.test.ts',
            'test/engine/runs/reconcile.test.ts',
          ],
          globalSetup: ['test/global-setup.ts'],
        },
      },
    ],
    coverage: {
      include: ['actions', 'api', 'cli', 'connector', 'emulator', 'engine', 'services', 'triggers'].map(
        (part) => `${part}/**/*.ts`,
      ),
      // What runs in a process or thread that a test starts is not counted.
      reporter: ['text-summary', 'html'],
    },
  },
});
