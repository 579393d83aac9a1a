import type { Limit } from './limit.ts';
import { heapOf, longestTask, sinceClick } from './page-time.ts';

const SCROLLED_ROWS = 10_000;
const SCROLL_LIMIT_MS = 240_000;
const ROWS = '[role=grid][aria-label=Runs] [role=gridcell]';

/** Scrolls as a quick finger does, half a window in each frame, and gives the number of the last row. */
const SCROLL = `new Promise((resolve) => {
  const grid = document.querySelector('[role=grid][aria-label=Runs]');
  const end = performance.now() + ${SCROLL_LIMIT_MS};
  const next = () => {
    const last = Number([...grid.querySelectorAll('[aria-rowindex]')].at(-1).ariaRowIndex ?? 0);
    if (last >= ${SCROLLED_ROWS} || performance.now() > end) return resolve(last);
    grid.scrollBy(0, 400);
    requestAnimationFrame(next);
  };
  next();
})`;

/** The list of runs while many are kept. */
export const RUN_LIST: readonly Limit[] = [
  {
    name: 'runs: first rows',
    figures: [{ name: 'first rows after navigation', most: 500, unit: 'ms' }],
    async measure(app) {
      const { page, context } = await app.open();
      await page.getByRole('navigation').getByRole('link', { name: 'Workflows' }).click();
      await page.getByRole('grid', { name: 'Workflows' }).getByRole('gridcell').first().waitFor();
      const ms = await sinceClick(page, 'a[href="/app/runs"]', ROWS);
      await context.close();
      return [ms];
    },
  },
  {
    name: `runs: ${SCROLLED_ROWS} rows scrolled`,
    figures: [
      { name: 'longest task', most: 50, unit: 'ms' },
      { name: 'heap', most: 150, unit: 'MB' },
    ],
    async measure(app) {
      const { page, context } = await app.open();
      await page.goto(`${app.url}/app/runs`);
      await page.locator(ROWS).first().waitFor();
      let rows = 0;
      const task = await longestTask(page, async () => {
        rows = await page.evaluate<number>(SCROLL);
      });
      if (rows < SCROLLED_ROWS) throw new Error(`only ${rows} rows came`);
      const figures = [task, await heapOf(page)];
      await context.close();
      return figures;
    },
  },
];
