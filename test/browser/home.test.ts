import { expect } from '@playwright/test';
import { test } from 'vitest';
import { DEMO_ACCOUNT, DEMO_TABLE, DEMO_WORKFLOW, FIRST_ROWS, SAMPLE_TABLE } from '../../cli/start/demo.ts';
import * as shown from '../../web/src/pages/home/demo.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

const SOON = { timeout: 30_000 };

test('the first minute: the example sync, a first query and its rows, and what to connect next', async () => {
  const { page } = await openApp();
  const start = page.getByRole('region', { name: 'Get started' });
  await expect(start.getByRole('link', { name: DEMO_WORKFLOW })).toBeVisible();
  await expect(start.getByRole('list', { name: 'Connectors' })).toContainText('Databricks');
  await expect(start.getByRole('link', { name: 'Connect account' })).toBeVisible();

  await start.getByRole('button', { name: 'Run query' }).click();
  await expect(start.getByRole('region', { name: 'Result' }).getByRole('row')).toHaveCount(6, SOON);
  await expectAccessible(page);
  const cursor = () => api('GET', `/v1/workflows/${DEMO_WORKFLOW}/cursor`);
  // The first sync reads the table page by page, and may still be at it.
  await expect.poll(async () => Number((await cursor()).position?.value), SOON).toBe(FIRST_ROWS);
  const before = (await cursor()).events;
  await start.getByRole('radio', { name: 'Add rows' }).click();
  await start.getByRole('button', { name: 'Run query' }).click();
  await expect(start.getByText('Succeeded')).toBeVisible(SOON);
  await api('POST', `/v1/workflows/${DEMO_WORKFLOW}/run`, {});
  await expect.poll(async () => (await cursor()).events, SOON).toBe(before + 3);
  await start.getByRole('button', { name: 'Hide' }).click();
  await page.reload();

  await expect(page.getByRole('heading', { name: /^Failures of the last 24 hours/ })).toBeVisible();
  await expect(start).toHaveCount(0);
});

test('it speaks of the demo that npm start makes', () => {
  expect([shown.DEMO_ACCOUNT, shown.DEMO_WORKFLOW]).toEqual([DEMO_ACCOUNT, DEMO_WORKFLOW]);
  expect(shown.FIRST_QUERY).toContain(SAMPLE_TABLE);
  for (const table of [SAMPLE_TABLE, DEMO_TABLE]) expect(shown.NEW_ROWS).toContain(table);
});

test('failures by code and account, late syncs, approvals and accounts lead to where they are dealt with', async () => {
  const odd = `<b>ask</b> مرحبا 🙂 ${process.pid}`;
  await api('POST', '/v1/linked_accounts', { name: odd, connector: 'databricks' });
  const failed = await api('POST', '/v1/runs', {
    action: 'databricks.execute_statement',
    linked_account: DEMO_ACCOUNT,
    input: { statement: 'SELECT * FROM main.default.there_is_no_such_table' },
  });
  await expect.poll(async () => (await api('GET', `/v1/runs/${failed.id}`)).status, SOON).toBe('failed');
  const { code } = (await api('GET', `/v1/runs/${failed.id}`)).error;
  const { id } = await api('POST', '/v1/workflows', {
    name: odd,
    trigger: { id: 'core.manual' },
    steps: [{ id: 'ask', action: 'core.approve', input: { message: `Deploy ${odd}?` } }],
  });
  const run = await api('POST', `/v1/workflows/${id}/run`, {});
  const waiting = async () => (await api('GET', '/v1/approvals')).items.map((each: { run: string }) => each.run);
  await expect.poll(waiting, SOON).toContain(run.id);
  const { page } = await openApp({ width: 390, role: 'viewer' });

  const group = page
    .getByRole('list', { name: /^Failures/ })
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`^\\d+${code} on ${DEMO_ACCOUNT}`) });
  await expect(group).toBeVisible(SOON);
  await expect(page.getByRole('region', { name: /^Authentications/ })).toContainText(odd);
  await expect(page.getByRole('button', { name: 'Run query' })).toHaveCount(0);
  await expectAccessible(page);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await page.getByRole('link', { name: `Deploy ${odd}?` }).click();
  await expect(page).toHaveURL(new RegExp(`/app/runs/${run.id}`));
  await page.goBack();
  await group.getByRole('link', { name: code }).click();

  await expect(page).toHaveURL(new RegExp(`code=${code}`));
  await expect(page).toHaveURL(/account=demo/);
  await expect(page.getByRole('grid', { name: 'Runs' }).getByRole('row').nth(1)).toBeVisible();
});
