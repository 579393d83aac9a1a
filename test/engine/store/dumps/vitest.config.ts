import { defineConfig } from 'vitest/config';

/** Makes a dump: OLD_PENSTOCK=<a checkout with its packages> vitest run --config test/engine/store/dumps/vitest.config.ts */
export default defineConfig({
  test: {
    root: new URL('../../../../', import.meta.url).pathname,
    include: ['test/engine/store/dumps/make-dump.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 600_000,
  },
});
