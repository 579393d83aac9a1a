import type { Page } from '@playwright/test';

/** Milliseconds in the page from the click on a link until an element is there, both as CSS. */
export function sinceClick(page: Page, link: string, element: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const begin = performance.now();
    const look = () =>
      document.querySelector(${JSON.stringify(element)}) ? resolve(performance.now() - begin) : requestAnimationFrame(look);
    document.querySelector(${JSON.stringify(link)}).click();
    look();
  })`);
}

/** An event of Chromium's trace; times are microseconds, `tdur` of the processor. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  tdur?: number;
  args?: { name?: string };
}

/**
 * Milliseconds of processor time of the longest task of the page while something is done: what it takes from the person when no other
 * program is busy, however busy the machine is.
 */
export async function longestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  );
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && main.has(threadOf(event)));
  const times = tasks.flatMap(({ tdur }) => tdur ?? []);
  if (times.length === 0) throw new Error('the trace has no tasks with their processor time');
  return Math.max(...times) / 1000;
}

/** Megabytes that the page's objects take once what nothing refers to is gone. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1_000_000;
}
