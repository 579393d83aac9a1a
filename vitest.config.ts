import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two cores, and each file opens its own workers and sockets.
    maxWorkers: 2,
    // The tests run real servers and kill real processes; a machine that is shared stalls some of them now and then.
    // A retried test is named in the report. Outside CI nothing is retried, so that a flaw shows.
    retry: process.env.CI ? 2 : 0,
  },
});
