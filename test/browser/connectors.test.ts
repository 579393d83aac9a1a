import { expect, type Page } from '@playwright/test';
import { onTestFinished, test } from 'vitest';
import { helpdeskFiles } from '../api/own-connector-files.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

const rowsOf = (page: Page) => page.getByRole('grid', { name: 'Actions and triggers' }).getByRole('row');
const field = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Input' }).getByLabel(name, { exact: true });
const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

test('the list of connectors is searched and filtered, and the address has it', async () => {
  const { page } = await openApp({ path: '/connectors' });
  await expect(page.getByRole('heading', { level: 1, name: 'Connectors' })).toBeVisible();
  await expectAccessible(page);
  const icons = await page.evaluate<number[]>(
    '[...document.querySelectorAll("main img")].map((icon) => icon.naturalWidth)',
  );
  expect(Math.min(...icons)).toBeGreaterThan(0);

  await page.keyboard.press('f');
  await page.keyboard.type('delete table');
  await expect(rowsOf(page).nth(1)).toContainText('Destructive');
  await page.getByRole('button', { name: 'Effect' }).click();
  await page.getByRole('option', { name: 'Starts workflows' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing has these words' })).toBeVisible();
  await expect(page).toHaveURL(/q=delete\+table&effect=trigger/);
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('searchbox').fill('execute statement');
  const titles = page.getByRole('gridcell', { name: 'Execute Statement' });
  await expect(titles).toHaveCount(2);
  await page.getByRole('button', { name: 'Connector', exact: true }).click();
  await page.getByRole('option', { name: 'Databricks' }).click();
  await expect(page).toHaveURL(/q=execute\+statement&connector=databricks/);
  await titles.click();

  await expect(page.getByRole('heading', { level: 1, name: /Statement/ })).toBeVisible();
  await expect(page).toHaveURL(/\/actions\/databricks\.execute_statement/);
});

test('a connector has its accounts, actions and triggers', async () => {
  const { page } = await openApp({ path: '/connectors/databricks' });

  await expect(page.getByRole('region', { name: 'Linked accounts' })).toContainText('demo');
  await expectAccessible(page);
  await page.goto('/app/connectors/databricks?trigger=databricks.incremental_sync');
  await expect(page.getByRole('dialog')).toContainText('databricks.incremental_sync');
  await expectAccessible(page);
  await page.goto('/app/connectors/nothing');

  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('a query is run from its form: choices by search, errors at fields, rows as a table', async () => {
  const { page } = await openApp({ path: '/actions/databricks.execute_statement?account=demo' });
  const warehouse = field(page, 'Warehouse');
  await warehouse.press('ArrowDown');
  const option = page.getByRole('listbox', { name: 'Choices of Warehouse' }).getByRole('option').first();
  await expect(option).toBeVisible({ timeout: 15_000 });
  await expectAccessible(page);
  const label = await option.locator('span').first().textContent();
  await warehouse.press('ArrowDown');
  await warehouse.press('Enter');
  expect(await warehouse.inputValue()).not.toBe('');
  await expect(page.getByText(label!, { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await askedFirst(page);
  await expect(field(page, 'Statement')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'Go to field' }).click();
  await expect(field(page, 'Statement')).toBeFocused();
  await page.keyboard.type('SELECT state, count(*) AS n FROM samples.flights.airports GROUP BY state ORDER BY state');
  await expect(field(page, 'Statement')).not.toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await askedFirst(page);

  const rows = page.getByRole('grid', { name: 'Rows' });
  await expect(rows).toBeVisible({ timeout: 30_000 });
  await expect(rows.getByRole('columnheader')).toHaveText(['state', 'n']);
  await expectAccessible(page);
  await page.reload();
  await expect(rows).toBeVisible();
  await page.getByRole('button', { name: 'Show as JSON' }).click();
  await expect(rows).toBeHidden();
});

/** An action that can change something asks before it runs. */
async function askedFirst(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: /^Run / });
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
}

test('the call can be copied, and the input is the same as JSON', async () => {
  const { page } = await openApp({ path: '/actions/core.transform' });
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByRole('textbox', { name: 'Input as JSON' }).fill('{"value": "it\'s"}');
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await expect(field(page, 'Value')).toHaveValue('"it\'s"');

  await page.getByRole('button', { name: 'As CLI' }).click();
  await expect(page.getByRole('dialog', { name: 'As CLI' })).toContainText(`--input '{"value":"it'\\''s"}'`);
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'As HTTP' }).click();
  await expect(page.getByRole('dialog', { name: 'As HTTP' })).toContainText('$PENSTOCK_API_KEY');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(field(page, 'Value')).toHaveValue('');

  await page.getByRole('button', { name: 'Use in a workflow' }).click();
  const name = `from a form ${process.pid}`;
  const dialog = page.getByRole('dialog', { name: 'Use in a workflow' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Create workflow' }).click();
  await expect(dialog.getByText('/steps/0/input').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Redo' }).click();
  await page.getByRole('button', { name: 'Use in a workflow' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: 'Create workflow' }).click();
  await expect(page).toHaveURL(/\/app\/workflows/);
  const workflow = await api('GET', `/v1/workflows/${encodeURIComponent(name)}`);
  expect(workflow).toMatchObject({ enabled: false, steps: [{ action: 'core.transform', input: { value: "it's" } }] });
});

test('what cannot be undone is said before it is sent, and nothing is sent until then', async () => {
  const { page } = await openApp({ path: '/actions/databricks.delete_job?account=demo' });
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/v1/runs')) sent.push(request.url());
  });
  await field(page, 'Job').fill('999999999999');

  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /^Run / });
  await expect(dialog).toContainText('cannot undo it');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Keep editing' }).click();
  expect(sent).toEqual([]);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();

  await expect(page.getByRole('region', { name: 'Result' })).toContainText('ERR_', { timeout: 30_000 });
});

test('a viewer reads the form and cannot run it, also on a phone', async () => {
  const { page } = await openApp({ path: '/actions/databricks.submit_run', role: 'viewer', width: 390 });
  await expect(page.getByRole('region', { name: 'Result' })).toContainText('not run it');

  await expect(page.getByRole('button', { name: 'Run', exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: /^Add to Tasks|^Add Task/ }).click();
  await expectAccessible(page);
  expect(await widthOf(page)).toBeLessThanOrEqual(390);
  await page.goto('/app/connectors');
  await expect(rowsOf(page).first()).toBeVisible();
  expect(await widthOf(page)).toBeLessThanOrEqual(390);
});

test('a connector of the tenant is in the list, has a page and forms, and can be connected and used in a workflow', async () => {
  await api('POST', '/v1/connectors', { files: helpdeskFiles() });
  onTestFinished(() => api('DELETE', '/v1/connectors/helpdesk'));
  const { page } = await openApp({ path: '/connectors' });
  await page.getByRole('link', { name: /^Helpdesk/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Helpdesk' })).toBeVisible();
  await expect(rowsOf(page).filter({ hasText: 'Create Ticket' })).toBeVisible();
  await expectAccessible(page);
  await page.goto('/app/connectors/helpdesk?trigger=helpdesk.new_ticket');
  await expect(page.getByRole('dialog')).toContainText('helpdesk.new_ticket');
  await page.goto('/app/actions/helpdesk.create_ticket');
  await expect(field(page, 'Subject')).toBeVisible();
  await expectAccessible(page);

  await page.goto('/app/accounts?dialog=connect&connector=helpdesk');
  const wizard = page.getByRole('dialog', { name: 'Connect account' });
  await wizard.getByLabel('Name', { exact: true }).fill('our desk');
  await wizard.getByLabel('API key').fill('k');
  await expectAccessible(page);
  await page.goto('/app/workflows');
  const { id } = await api('POST', '/v1/workflows', {
    name: `desk ${process.pid}`,
    trigger: { id: 'core.manual' },
    steps: [],
    publish: false,
  });
  onTestFinished(() => api('DELETE', `/v1/workflows/${id}`));
  await page.goto(`/app/workflows/${id}/edit`);
  await page.getByRole('button', { name: 'Add step', exact: true }).click();
  await page.getByRole('dialog').getByRole('searchbox').fill('helpdesk');
  await page
    .getByRole('dialog')
    .getByRole('option', { name: /Create Ticket/ })
    .click();

  await expect(page.getByText('Create Ticket').first()).toBeVisible();
});
