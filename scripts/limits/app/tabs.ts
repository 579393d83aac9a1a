import type { Page } from '@playwright/test';
import { type Started, sleep } from '../../../bench/processes.ts';
import type { Limit } from './limit.ts';

const TABS = 10;
const LOOKS = 20;
const LOOK_MS = 250;

/** What tabs that stay open cost the service. */
export const TAB_LIMITS: readonly Limit[] = [
  {
    name: `tabs: ${TABS}`,
    figures: [{ name: 'memory of penstock serve, more than with one tab', most: 15, unit: 'MB' }],
    async measure(app) {
      const { page, context } = await app.open();
      await show(page, app.url);
      const before = await residentOf(app.api);
      for (let count = 1; count < TABS; count += 1) await show(await context.newPage(), app.url);
      const after = await residentOf(app.api);
      await context.close();
      return [Math.max(0, after - before)];
    },
  },
];

async function show(tab: Page, url: string): Promise<void> {
  await tab.goto(`${url}/app/runs`);
  await tab.getByRole('grid', { name: 'Runs' }).getByRole('gridcell').first().waitFor();
}

/** Resident megabytes at rest: the least of some seconds. */
async function residentOf(api: Started): Promise<number> {
  let bytes = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS; look += 1) {
    bytes = Math.min(bytes, api.residentBytes());
    await sleep(LOOK_MS);
  }
  return bytes / 1_000_000;
}
