import { artifactId } from '../../../engine/artifacts/artifact-store.ts';
import { openArtifacts } from '../../../engine/artifacts/artifacts.ts';
import { keepRun } from './keep-runs.ts';
import type { Limit } from './limit.ts';
import type { App } from './open.ts';
import { heapOf, longestTask, sinceClick } from './page-time.ts';

const ITEMS = 2000;
const RESULT_BYTES = 100_000_000;
/** Lines of about 100 bytes, written so many at once. */
const LINES = 10_000;

const SCROLL_LIMIT_MS = 60_000;
/** Scrolls to the end of the items as often as more come, until all are there. */
const SCROLL_ALL = `new Promise((resolve, reject) => {
  const end = performance.now() + ${SCROLL_LIMIT_MS};
  const next = () => {
    const words = document.querySelector('[role=status][aria-label=Items]').textContent;
    if (words.startsWith('${ITEMS.toLocaleString('en')} items')) return resolve();
    if (performance.now() > end) return reject(new Error('only these came: ' + words));
    const scroller = document.querySelector('.waterfall');
    scroller.scrollTop = scroller.scrollHeight;
    requestAnimationFrame(next);
  };
  next();
})`;

/** Pages of runs with much in them. Of the items of a loop, the first 200 come with its run, and the others by pages. */
export const RUN_PAGE: readonly Limit[] = [
  {
    name: `run: ${ITEMS} items`,
    figures: [
      { name: 'opens in', most: 1000, unit: 'ms' },
      { name: 'longest task while all are read', most: 50, unit: 'ms' },
    ],
    async measure(app) {
      const { page, context } = await app.open();
      await page.goto(`${app.url}/app/runs/${await loopOf(app)}`);
      const tree = page.getByRole('tree', { name: 'Steps' });
      await tree.getByRole('treeitem', { name: 'each' }).click();
      await page.getByRole('link', { name: 'Open as a run' }).waitFor();
      if ((await tree.getByRole('treeitem').count()) !== 2) throw new Error('the page before has other rows');
      const ms = await sinceClick(page, 'section[aria-label=Step] a', '[role=treeitem]:nth-child(10)');
      const task = await longestTask(page, () => page.evaluate<void>(SCROLL_ALL));
      await context.close();
      return [ms, task];
    },
  },
  {
    name: 'run: a result of 100 MB',
    figures: [
      { name: 'opens in', most: 1000, unit: 'ms' },
      { name: 'read of it', most: 1, unit: 'MB' },
      { name: 'heap', most: 50, unit: 'MB' },
    ],
    async measure(app) {
      const run = await largeOf(app);
      const { page, context } = await app.open();
      let bytes = 0;
      page.on('response', (response) => {
        if (response.url().includes('/artifact')) bytes += Number(response.headers()['content-length']);
      });
      await page.goto(`${app.url}/app/runs?q=${run}`);
      await page.getByRole('grid', { name: 'Runs' }).getByRole('gridcell').first().waitFor();
      const ms = await sinceClick(page, `a[href^="/app/runs/${run}"]`, '[role=grid][aria-label=Rows] [role=gridcell]');
      const figures = [ms, bytes / 1_000_000, await heapOf(page)];
      await context.close();
      if (bytes === 0) throw new Error('no request for the result was seen');
      return figures;
    },
  },
];

let loop: Promise<string> | undefined;
/** A run with a loop of many items; made once. */
function loopOf(app: App): Promise<string> {
  const items = `{{ [1..${ITEMS}] }}`;
  const step = {
    id: 'each',
    action: 'core.transform',
    for_each: { items, concurrency: 50 },
    input: { value: '{{ item }}' },
  };
  loop ??= app.run([step]);
  return loop;
}

let large: Promise<string> | undefined;
/** A run whose output is a file of rows, of 100 MB; made once. */
function largeOf(app: App): Promise<string> {
  large ??= makeLarge(app);
  return large;
}

async function makeLarge(app: App): Promise<string> {
  const store = openArtifacts(app.artifactsUrl);
  const like = await app.run([{ id: 'shape', action: 'core.transform', input: { value: 1 } }]);
  const id = await keepRun(app.store, like, (run) => ({
    output: undefined,
    artifact: { id: artifactId(run, 'out'), media_type: 'application/x-ndjson', size: RESULT_BYTES },
  }));
  const writer = await store.write(artifactId(id, 'out'), 0);
  const line = `${JSON.stringify({ name: 'x'.repeat(60), count: 1_234_567, at: '2026-01-01' })}`.padEnd(99);
  const lines = Buffer.from(`${line}\n`.repeat(LINES));
  while (writer.size < RESULT_BYTES) await writer.write(lines.subarray(0, RESULT_BYTES - writer.size));
  await writer.close();
  return id;
}
