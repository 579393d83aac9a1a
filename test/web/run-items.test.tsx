import { act } from 'react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RunPage } from '../../web/src/pages/runs/run.tsx';
import { answer, renderPage, until } from './render-page.tsx';

const LOOP = 'run_1.each';
const ITEMS = 2000;
const PAGE = 200;
const FAILED = [1437, 1991];
const AT = '2026-01-01T00:00:00.000Z';
const END = '2026-01-01T00:00:10.000Z';

test('shows how many of 2,000 items there are, reads the others by the button and by keys, and keeps few rows', async () => {
  const read = await openLoop(`/runs/${LOOP}`);
  await until(() => words() === '200 of 2,000 items shown. 2 failed.');
  expect(row(1)).toMatchObject({ setsize: '2000', posinset: '1', level: '2' });
  expect(read.all).toBe(0);

  await press('Show the next 200');
  await until(() => words().startsWith('400 of'));
  expect(read.all).toBe(1);
  for (let shown = 400; shown < ITEMS; shown += PAGE) {
    await key('End');
    await until(() => !words().startsWith(`${shown.toLocaleString()} of`));
  }
  await key('End');

  expect(words()).toBe('2,000 items. 2 failed.');
  await until(() => document.querySelector('section[aria-label=Step] h2')?.textContent === 'Item 2,000');
  expect(rows().length).toBeLessThan(60);
  expect(buttons()).not.toContain('Show the next 200');
});

test('shows the failed items alone, wherever they are, by the keyboard too', async () => {
  const read = await openLoop(`/runs/${LOOP}?items=failed`);
  await until(() => words() === '2 failed');
  expect(rows().map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('wf_1'),
    expect.stringContaining('Item 1,438'),
    expect.stringContaining('Item 1,992'),
  ]);
  expect(row(1)).toMatchObject({ setsize: '2', posinset: '1' });

  await key('ArrowDown');
  await until(() => document.querySelector('section[aria-label=Step] h2')?.textContent === 'Item 1,438');

  expect(read.all).toBe(0);
  await act(async () => document.querySelector<HTMLInputElement>('.switch input')!.click());
  await until(() => words() === '200 of 2,000 items shown. 2 failed.');
  // The item that is shown below is none of those that are read, and stays.
  expect(document.querySelector('section[aria-label=Step] h2')?.textContent).toBe('Item 1,438');
});

test('says when the next items cannot be read, and reads them when asked again', async () => {
  const read = await openLoop(`/runs/${LOOP}`);
  read.isBroken = true;

  await press('Show the next 200');
  await until(() => document.querySelector('[role=alert]') !== null);
  expect(words()).toBe('200 of 2,000 items shown. 2 failed.');
  read.isBroken = false;
  await press('Retry');

  await until(() => words().startsWith('400 of'));
});

interface Read {
  /** Pages of all items. */
  all: number;
  isBroken: boolean;
}

async function openLoop(address: string): Promise<Read> {
  const read: Read = { all: 0, isBroken: false };
  // A document that nobody sees has no heights, and a list that shows what fits into them would show nothing.
  const height = vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(360);
  onTestFinished(() => height.mockRestore());
  const items = Array.from({ length: ITEMS }, (_, index) => itemAt(index));
  answer(({ path, query }) => {
    if (path === `/v1/runs/${LOOP}`) return { status: 200, body: loopWith(items.slice(0, PAGE)) };
    if (path.startsWith(`/v1/runs/${LOOP}.`)) return { status: 200, body: items[Number(path.split('.').at(-1))] };
    if (path !== '/v1/runs') return { status: 200, body: { items: [], next_cursor: null } };
    expect(query.get('parent')).toBe(LOOP);
    const status = query.get('status');
    if (status === null) read.all += 1;
    if (read.isBroken) return { status: 400, body: { code: 'ERR_INPUT_INVALID', detail: 'the cursor is odd' } };
    const from = Number(query.get('cursor') ?? 0);
    const listed = items.filter((item) => status === null || item.status === status);
    const next = from + PAGE < listed.length ? String(from + PAGE) : null;
    return { status: 200, body: { items: listed.slice(from, from + PAGE), next_cursor: next } };
  });
  await renderPage(<RunPage />, address, []);
  await until(() => rows().length > 1);
  return read;
}

function itemAt(index: number) {
  const isFailed = FAILED.includes(index);
  return {
    id: `${LOOP}.${index}`,
    kind: 'action',
    action: 'core.transform',
    step: 'each',
    parent: LOOP,
    item_index: index,
    status: isFailed ? 'failed' : 'succeeded',
    ...(isFailed && { error: { code: 'ERR_EXPRESSION', kind: 'permanent', message: 'no stock' } }),
    attempts: 1,
    options: {},
    launches: [],
    created_at: AT,
    started_at: AT,
    finished_at: END,
  };
}

function loopWith(steps: object[]) {
  const loop = { items: ITEMS, concurrency: 50, on_error: 'continue' };
  const times = { attempts: 1, created_at: AT, started_at: AT, finished_at: END };
  const place = { id: LOOP, kind: 'workflow', workflow: 'wf_1', workflow_version: 1, step: 'each', parent: 'run_1' };
  return { ...place, ...times, status: 'succeeded', options: {}, launches: [], loop, steps, steps_next_cursor: '200' };
}

const rows = () => [...document.querySelectorAll('[role=treeitem]')];
const words = () => document.querySelector('[role=status][aria-label=Items]')?.textContent ?? '';
const buttons = () => [...document.querySelectorAll('button')].map(({ textContent }) => textContent);

function row(at: number) {
  const [setsize, posinset, level] = ['setsize', 'posinset', 'level'].map((name) =>
    rows()[at]!.getAttribute(`aria-${name}`),
  );
  return { setsize, posinset, level };
}

async function press(name: string): Promise<void> {
  const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name);
  await act(async () => button!.click());
}

async function key(name: string): Promise<void> {
  const tree = document.querySelector('[role=tree]')!;
  await act(async () => void tree.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true })));
}
