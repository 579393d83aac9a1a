import { expect, type Page, type Request } from '@playwright/test';
import { test } from 'vitest';
import { until } from '../context.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;

/** A workflow that asks a person, and one run of it that waits. */
async function waitingRun(name: string): Promise<{ id: string }> {
  const { id } = await api('POST', '/v1/workflows', {
    name,
    trigger: { id: 'core.manual' },
    enabled: true,
    steps: [
      { id: 'shape', action: 'core.transform', input: { value: { n: 7 } } },
      { id: 'ask', action: 'core.approve', needs: ['shape'], input: { message: 'Go?' } },
    ],
  });
  return api('POST', `/v1/workflows/${id}/run`, {});
}

const rowsOf = (page: Page) => page.getByRole('grid', { name: 'Runs' }).getByRole('row');

test('names with markup are text, and a run is found by filter and keyboard alone', async () => {
  const name = nameOf('<img src=x onerror=alert(1)> & "quotes" مرحبا 🙂');
  const run = await waitingRun(name);
  const { page } = await openApp({ path: '/runs' });
  await expect(page.getByRole('grid', { name: 'Runs' })).toBeVisible();

  await page.keyboard.press('f');
  await expect(page.getByRole('button', { name: 'Status' })).toBeFocused();
  await page.goto(`/app/runs?workflow=${encodeURIComponent(name)}`);
  await expect(rowsOf(page)).toHaveCount(2);
  await expect(rowsOf(page).nth(1)).toContainText('Waits for approval');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(new RegExp(`/app/runs/${run.id}$`));
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  expect(await page.locator('main img[src]').count()).toBe(0);
});

test('a chip writes its filter into the address, and its cross removes it', async () => {
  const { page } = await openApp({ path: '/runs' });

  await page.getByRole('button', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Canceled' }).click();
  await expect(page).toHaveURL(/\?status=canceled$/);
  await page.getByRole('button', { name: 'Remove filter Status' }).click();

  await expect(page).toHaveURL(/\/app\/runs$/);
});

test('a run that comes is counted and moves no row before it is asked for', async () => {
  const name = nameOf('counted');
  await waitingRun(name);
  const { page } = await openApp({ path: `/runs?workflow=${encodeURIComponent(name)}` });
  await expect(rowsOf(page)).toHaveCount(2);

  await api('POST', `/v1/workflows/${encodeURIComponent(name)}/run`, {});
  await page.getByRole('button', { name: '1 new' }).click({ timeout: 15_000 });

  await expect(rowsOf(page)).toHaveCount(3);
});

test('selected runs are canceled together, and their rows change in place', async () => {
  const name = nameOf('canceled');
  await waitingRun(name);
  await api('POST', `/v1/workflows/${encodeURIComponent(name)}/run`, {});
  const { page } = await openApp({ path: `/runs?workflow=${encodeURIComponent(name)}` });
  await expect(rowsOf(page)).toHaveCount(3);

  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await page.getByRole('button', { name: 'Cancel…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel 2 runs' }).click();

  await expect(rowsOf(page).filter({ hasText: 'Canceled' })).toHaveCount(2, { timeout: 15_000 });
});

test('the page of a run shows steps, timeline and tabs, and approves', async () => {
  const run = await waitingRun(nameOf('approved'));
  const { page } = await openApp({ path: `/runs/${run.id}` });
  await expect(page.getByRole('tree', { name: 'Steps' }).getByRole('treeitem')).toHaveCount(3);
  await expect(page.getByRole('img', { name: 'Timeline' })).toBeVisible();
  await expect(page.getByText('A decision is needed. Go?')).toBeVisible();
  await expect(page.locator('.page-title')).toContainText('Waits for approval');
  await expect(page.getByRole('treeitem', { name: /Waits for approval/ })).toHaveCount(2);
  await expect(page.getByRole('tab')).toHaveText(['Input', 'Output', 'Launches', 'Error', 'Log']);
  await expectAccessible(page);

  await page.getByRole('tree', { name: 'Steps' }).press('ArrowDown');
  await expect(page).toHaveURL(/\?step=shape$/);
  await expect(page.getByRole('tabpanel')).toContainText('7');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByRole('dialog', { name: 'Approve' })).toContainText('Go?');
  await page.getByRole('dialog', { name: 'Approve' }).getByRole('textbox', { name: 'Comment' }).fill('fine');
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();

  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 15_000 });
});

test('a viewer sees no button that a viewer may not use, also on a phone', async () => {
  const run = await waitingRun(nameOf('viewed'));
  const { page } = await openApp({ path: `/runs/${run.id}`, role: 'viewer', width: 390 });
  await expect(page.getByRole('tab', { name: 'Log' })).toBeVisible();

  for (const name of ['Cancel', 'Approve', 'Deny']) await expect(page.getByRole('button', { name })).toHaveCount(0);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  expect((await page.getByRole('img', { name: 'Timeline' }).boundingBox())?.width).toBeGreaterThan(300);
});

test('ten tabs share one stream, and another tab continues when its reader is closed', async () => {
  const name = nameOf('ten tabs');
  await waitingRun(name);
  const path = `/runs?workflow=${encodeURIComponent(name)}`;
  const { page, context } = await openApp({ path: '/settings' });
  const sent = new Set<Request>();
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === '/v1/runs/events') sent.add(request);
  });
  for (const name of ['requestfinished', 'requestfailed'] as const)
    context.on(name as 'requestfailed', (request) => sent.delete(request));
  const tabs = [page];
  // Only of tabs that are there: the browser says of a tab that is closed that its requests have ended, or says nothing more of it.
  const readers = () => [...sent].map((request) => request.frame().page()).filter((tab) => tabs.includes(tab));
  while (tabs.length < 10) tabs.push(await context.newPage());
  for (const tab of tabs) {
    await tab.goto(`/app${path}`);
    await expect(rowsOf(tab)).toHaveCount(2);
  }
  await expect.poll(readers).toHaveLength(1);

  await api('POST', `/v1/workflows/${encodeURIComponent(name)}/run`, {});
  for (const tab of tabs) await expect(tab.getByRole('button', { name: '1 new' })).toBeVisible({ timeout: 15_000 });
  const [reader] = readers();
  tabs.splice(tabs.indexOf(reader!), 1);
  await reader!.close();
  await expect.poll(readers).toHaveLength(1);
  await api('POST', `/v1/workflows/${encodeURIComponent(name)}/run`, {});

  for (const tab of tabs) await expect(tab.getByRole('button', { name: '2 new' })).toBeVisible({ timeout: 15_000 });
});

test('failed runs are counted over time, grouped by error, and the error card leads on', async () => {
  const name = nameOf('grouped');
  const { id: workflow } = await api('POST', '/v1/workflows', {
    name,
    trigger: { id: 'core.manual' },
    enabled: true,
    steps: [{ id: 'stop', action: 'core.fail', input: { message: `stopped by ${name}` } }],
  });
  const run = await api('POST', `/v1/workflows/${workflow}/run`, {});
  await until('it failed', async () => (await api('GET', `/v1/runs/${run.id}`)).status === 'failed');
  const { page } = await openApp({ path: '/runs' });
  await expect(page.getByRole('table', { name: 'Runs over time' })).toBeAttached();
  const legend = page.getByRole('list', { name: 'Legend' }).getByRole('listitem');
  await expect(legend).toHaveText([/^Succeeded [\d,]+$/, /^Failed [\d,]+$/, /^Canceled [\d,]+$/, /^Not ended [\d,]+$/]);
  await expect(legend.locator('svg')).toHaveCount(4);
  await page.goto(`/app/runs?workflow=${encodeURIComponent(name)}`);
  await page.getByRole('button', { name: 'Group by error' }).click();
  await expect(page.getByRole('grid', { name: 'Errors' }).getByRole('row')).toHaveCount(2);
  await expectAccessible(page);

  await page.getByRole('grid', { name: 'Errors' }).getByRole('row').nth(1).click();
  await expect(page).toHaveURL(/cause=/);
  await expect(rowsOf(page)).toHaveCount(2);
  await page.goto(`/app/runs?q=${run.id.slice(4, 18)}`);
  await expect(rowsOf(page)).toHaveCount(2);
  await page.goto(`/app/runs/${run.id}`);
  await page.getByRole('link', { name: 'Open the step' }).click();

  await expect(page).toHaveURL(/step=stop/);
  await expect(page.getByRole('tabpanel')).toContainText('Resolve the cause');

  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/app/runs?workflow=${encodeURIComponent(name)}`);
  await expect(rowsOf(page).nth(1)).toContainText(/Failed.*Error ERR_\w+.*Duration \d.*Created /);
  await expect(rowsOf(page).nth(1)).toContainText(name);
  await expectAccessible(page);
  await page.goto(`/app/runs/${run.id}?step=stop&tab=launches`);
  await expect(page.getByRole('region', { name: 'Phases' })).toBeVisible();
  await expectAccessible(page);
});

test('rows of a large result are read by ranges, and no row is lost between two parts', async () => {
  const PART = 4_000_000;
  const body = {
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { statement: 'SELECT * FROM samples.flights.flights LIMIT 45000' },
  };
  const { id } = await api('POST', '/v1/runs', body);
  await until('it has ended', async () => (await api('GET', `/v1/runs/${id}`)).finished_at !== undefined, 50_000);
  const { page, context } = await openApp({ path: `/runs/${id}` });
  const sizes: number[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/artifact')) sizes.push(Number(response.headers()['content-length']));
  });
  await expect(page.getByText('Part 1 of 2')).toBeVisible();
  await page.getByRole('button', { name: 'Next part' }).click();
  await expect(page).toHaveURL(/part=2/);
  const first = page.getByRole('grid', { name: 'Rows' }).getByRole('row').nth(1).getByRole('gridcell').first();
  await expect(first).not.toHaveText('1');
  const shown = await first.textContent();
  const text = await (await context.request.get(`/v1/runs/${id}/artifact`)).text();
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line !== '' && JSON.parse(line).flight_id === shown);

  const begin = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
  expect(begin).toBeGreaterThanOrEqual(PART);
  expect(begin - lines[at - 1]!.length - 1).toBeLessThan(PART);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256_000);
  await expectAccessible(page);
});

test('of a loop with many items, those that failed are found, and the others come by scrolling and by keys', {
  timeout: 120_000,
}, async () => {
  const step = {
    id: 'each',
    action: 'core.transform',
    for_each: { items: '{{ [1..430] }}', concurrency: 100, on_error: 'continue' },
    input: { value: '{{ index = 420 ? $error("no stock") : index }}' },
  };
  const body = { name: nameOf('loop'), trigger: { id: 'core.manual' }, enabled: true, steps: [step] };
  const { id: workflow } = await api('POST', '/v1/workflows', body);
  const run = await api('POST', `/v1/workflows/${workflow}/run`, {});
  await until('it ended', async () => (await api('GET', `/v1/runs/${run.id}`)).finished_at !== undefined, 100_000);
  const { page } = await openApp({ path: `/runs/${run.id}` });
  const tree = page.getByRole('tree', { name: 'Steps' });
  await tree.getByRole('treeitem', { name: 'each · 430 items' }).click();
  await page.getByRole('link', { name: 'Open as a run' }).click();
  const shown = page.getByRole('status', { name: 'Items' });
  await expect(shown).toHaveText('200 of 430 items shown. 1 failed.');
  await expect(tree.getByRole('treeitem').nth(1)).toHaveAttribute('aria-setsize', '430');
  await expect(page.getByRole('tabpanel').locator('summary').first()).toBeVisible();
  await expectAccessible(page);

  await page.getByText('Failed only', { exact: true }).click();
  await expect(tree.getByRole('treeitem')).toHaveCount(2);
  await tree.press('ArrowDown');
  await expect(page.getByRole('region', { name: 'Step', exact: true })).toContainText('Item 421');
  await expect(page).toHaveURL(/items=failed/);
  await expectAccessible(page);
  await page.getByText('Failed only', { exact: true }).click();
  await page.getByRole('button', { name: 'Show the next 200' }).click();
  await expect(shown).toHaveText('400 of 430 items shown. 1 failed.');
  await tree.press('End');
  await expect(shown).toHaveText('430 items. 1 failed.');
  await tree.press('End');

  await expect(tree.getByRole('treeitem', { name: 'Item 430' })).toHaveAttribute('aria-posinset', '430');
  await expect(page.getByRole('button', { name: /Show the next/ })).toHaveCount(0);
  expect(await tree.getByRole('treeitem').count()).toBeLessThan(60);
});
