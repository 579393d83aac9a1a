import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findTestChromium } from './test/browser/chromium.ts';
import { COMPILE_CACHE } from './test/compile-cache.ts';
import { LongFirst } from './test/long-first.ts';
import { pureTests } from './test/pure.ts';

/** Reads the files of all examples by a function of Vite. */
const ofVite = ['test/web/builder/examples.test.ts'];
const pure = pureTests(import.meta.dirname).filter(
  (file) => !file.startsWith('test/browser/') && !ofVite.includes(file),
);
/** Node loads the code, as in production: with Vite, which keeps no compiled code, these tests take a sixth more of the processor. */
const byNode = { viteModuleRunner: false, nodeLoader: false };

const hasBrowser = findTestChromium() !== undefined;
if (!hasBrowser && process.env.PENSTOCK_BROWSER_TESTS === '1') throw new Error('there is no Chromium; set CHROMIUM');
if (!hasBrowser) {
  console.log('No Chromium on the PATH: left out test/browser. Install it, or run PENSTOCK_BROWSER_TESTS=1 npm test.');
}

export default defineConfig({
  test: {
    // Limits for what hangs, no measure of speed. Nothing is tried again: a test that fails now and then has a flaw.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Files share a process: loading the code and compiling 300 schemas would be two thirds of the time. So a test leaves
    // nothing behind, and changes nothing that the process shares.
    isolate: false,
    // Also for the processes that tests start with the environment that they have themselves.
    env: COMPILE_CACHE,
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongFirst },
    projects: [
      { extends: true, test: { name: 'fast', include: pure, experimental: byNode } },
      {
        extends: true,
        test: {
          name: 'real',
          provide: { bullmq: 'bullmq' },
          experimental: byNode,
          // Half of their time is waiting for polls, schedules, timeouts and processes, where a browser always computes.
          maxWorkers: 3 * availableParallelism(),
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          exclude: [...pure, ...ofVite, 'test/browser/**'],
          globalSetup: ['test/global-setup.ts'],
          setupFiles: ['test/answers.ts'],
        },
      },
      // Parts of the browser app in a document of Node: forms of every action are too many for a browser.
      { extends: true, test: { name: 'app', include: ['test/web/*.test.tsx', ...ofVite], environment: 'happy-dom' } },
      ...(hasBrowser
        ? [
            {
              extends: true as const,
              test: {
                name: 'browser',
                experimental: byNode,
                include: ['test/browser/*.test.ts'],
                globalSetup: ['test/browser/server.ts'],
              },
            },
          ]
        : []),
      {
        extends: true,
        // An earlier minor of BullMQ: what is used of it is public, and stays.
        resolve: { alias: { bullmq: 'bullmq-earlier' } },
        test: {
          name: 'earlier-bullmq',
          provide: { bullmq: 'bullmq-earlier' },
          include: [
            'test/engine/queue/{account-backlog,bullmq-version,cron,job-transaction,neighbors}.test.ts',
            'test/engine/queue/{queue-controls,schedules,tracing}.test.ts',
            'test/engine/runs/{reconcile,wake}.test.ts',
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
