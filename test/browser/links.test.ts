import { expect } from '@playwright/test';
import { inject, test } from 'vitest';
import { until } from '../context.ts';
import { api, closeBrowserAfterAll, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;
const emulatorUrl = async (): Promise<string> => (await api('GET', '/v1/linked_accounts/demo')).host;

async function failedRun(path: string, body: object): Promise<{ id: string }> {
  const run = await api('POST', path, body);
  await until('it failed', async () => (await api('GET', `/v1/runs/${run.id}`)).status === 'failed', 30_000);
  return run;
}

test('who uses an account, and what an error says to do, lead to the account, the workflow and the step', async () => {
  const account = nameOf('refused');
  const authentication = { kind: 'pat', name: 'token', host: await emulatorUrl(), token: 'dapi-revoked', test: false };
  const { id: accountId } = await api('POST', '/v1/linked_accounts', { name: account, authentication });
  const workflow = nameOf('user');
  const { id: workflowId } = await api('POST', '/v1/workflows', {
    name: workflow,
    trigger: { id: 'core.manual' },
    enabled: true,
    steps: [
      { id: 'shape', action: 'core.transform', input: { value: '{{ $number("no number") }}' } },
      {
        id: 'query',
        action: 'databricks.execute_statement',
        needs: ['shape'],
        linked_account: accountId,
        input: { statement: 'SELECT 1', warehouse_id: '1' },
      },
    ],
  });
  const { page } = await openApp({ path: `/accounts/${accountId}` });

  await page.getByRole('list', { name: 'Used by' }).getByRole('link', { name: workflow }).click();
  await expect(page).toHaveURL(new RegExp(`/app/workflows/${workflowId}$`));
  await expect(page.getByRole('heading', { level: 1, name: workflow })).toBeVisible();

  const run = await failedRun(`/v1/workflows/${workflowId}/run`, {});
  await page.goto(`/app/runs/${run.id}`);
  await page.getByRole('region', { name: 'Next' }).getByRole('link', { name: 'Open the step' }).click();
  await expect(page.getByRole('region', { name: 'Step' }).getByRole('heading', { name: 'shape' })).toBeVisible();
  await page.getByRole('region', { name: 'Step' }).getByRole('link', { name: 'Edit the step' }).click();
  await expect(page).toHaveURL(new RegExp(`/app/workflows/${workflowId}/edit\\?.*step=shape`));
  await expect(page.getByRole('heading', { level: 1, name: workflow })).toBeVisible();
  await expect(page.getByRole('tab', { name: 'Input', selected: true })).toBeVisible();

  const input = { statement: 'SELECT 1', warehouse_id: '1' };
  const action = 'databricks.execute_statement';
  const unauthorized = await failedRun('/v1/runs', { action, linked_account: accountId, input });
  await page.goto(`/app/runs/${unauthorized.id}`);
  await page.getByRole('link', { name: 'Open the account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: account })).toBeVisible();
});

test('Connect account opens the wizard of the connector, and comes back with the account chosen', async () => {
  const { page } = await openApp({ path: '/connectors/github' });
  await page.getByRole('link', { name: 'Connect account' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect account' });
  await expect(dialog.getByRole('button', { name: /Service/ })).toContainText('GitHub');

  const name = nameOf('chosen');
  await page.goto('/app/actions/databricks.execute_statement');
  const statement = page.getByRole('region', { name: 'Input' }).getByLabel('Statement', { exact: true });
  await statement.fill('SELECT 42 AS kept');
  await page.getByRole('button', { name: 'Connect account' }).click();
  await expect(dialog.getByRole('button', { name: /Service/ })).toHaveCount(0);
  await dialog.getByText('Personal access token', { exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('textbox', { name: 'Workspace URL' }).fill(await emulatorUrl());
  await dialog.getByRole('textbox', { name: 'Token' }).fill(inject('emulatorToken'));
  await dialog.getByRole('button', { name: 'Connect' }).click();

  await expect(dialog).toBeHidden();
  await expect(page.getByRole('combobox', { name: 'Linked account' })).toHaveValue(name);
  await expect(page).toHaveURL(/account=chosen/);
  await expect(statement).toHaveValue('SELECT 42 AS kept');
});

test('a clock that is an hour wrong makes no time wrong', async () => {
  const name = `clock ${process.pid}`;
  const steps = [{ id: 'shape', action: 'core.transform', input: { value: 1 } }];
  const { id } = await api('POST', '/v1/workflows', { name, trigger: { id: 'core.manual' }, enabled: true, steps });
  await api('POST', `/v1/workflows/${id}/run`, {});
  const { page } = await openApp();

  for (const wrong of [-3_600_000, 3_600_000]) {
    await page.clock.setSystemTime(Date.now() + wrong);
    await page.goto(`/app/runs?workflow=${encodeURIComponent(name)}`);
    const row = page.getByRole('grid', { name: 'Runs' }).getByRole('row').nth(1);
    await expect(row.locator('time').first()).toHaveText(/^(now|\d min\. ago)$/);
  }
});
