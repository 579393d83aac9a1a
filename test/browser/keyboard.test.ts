import { expect, type Page } from '@playwright/test';
import { inject, test } from 'vitest';
import { until } from '../context.ts';
import { api, closeBrowserAfterAll, openApp } from './app.ts';
import { type Keyboard, keyboardOf } from './keyboard.ts';
import { openSync, ROWS } from './sync.ts';

closeBrowserAfterAll();

/** What the API or the service does is done within this. */
const SOON = { timeout: 30_000 };

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;
const title = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

/** Moves down a grid by `j` to the row with a text, and opens it. */
async function openRow(page: Page, { keys }: Keyboard, { grid, text }: { grid: string; text: string }): Promise<void> {
  const rows = page.getByRole('grid', { name: grid });
  const row = rows.getByRole('row').filter({ hasText: text }).first();
  await expect(row).toBeVisible();
  for (let count = 0; count < 100; count += 1) {
    await keys('j');
    if ((await rows.getAttribute('aria-activedescendant')) === (await row.getAttribute('id'))) break;
  }
  await keys('Enter');
}

test('an operator without a mouse finds a failed run, reads its error and replays it', async () => {
  const name = nameOf('by keyboard');
  const { id: workflow } = await api('POST', '/v1/workflows', {
    name,
    trigger: { id: 'core.manual' },
    enabled: true,
    steps: [
      { id: 'shape', action: 'core.transform', input: { value: 1 } },
      { id: 'stop', action: 'core.fail', needs: ['shape'], input: { message: `stopped by ${name}` } },
    ],
  });
  const run = await api('POST', `/v1/workflows/${workflow}/run`, {});
  await until('it failed', async () => (await api('GET', `/v1/runs/${run.id}`)).status === 'failed');
  const { page } = await openApp({ role: 'operator' });
  const keyboard = keyboardOf(page);
  const { keys, press, choose, pick } = keyboard;
  await expect(title(page, 'Home')).toBeVisible();

  await keys('Tab', 'g', 'r');
  await expect(page.getByRole('grid', { name: 'Runs' })).toBeVisible();
  await keys('f');
  await expect(page.getByRole('button', { name: 'Status' })).toBeFocused();
  await pick('Status', 'Failed');
  await expect(page).toHaveURL(/status=failed/);
  await openRow(page, keyboard, { grid: 'Runs', text: name });
  await expect(page).toHaveURL(new RegExp(run.id));
  await expect(title(page, name)).toBeFocused();
  await press('link', 'Open the step');
  await expect(page.getByRole('tabpanel')).toContainText(`stopped by ${name}`);

  await keys('r');
  await expect(title(page, 'Replay run')).toBeFocused();
  await choose('radio', 'All steps');
  await expect(page.getByRole('region', { name: 'What happens outside' })).toBeVisible();
  await press('button', /^Replay \d steps?$/);

  await expect(page.getByRole('link', { name: `Replay of ${run.id}` })).toBeVisible(SOON);
  await expect(title(page, name)).toBeFocused();
});

test('who owns a sync moves its cursor after a preview, pauses and resumes it, without a mouse', async () => {
  const { id, name } = await openSync({ id: 'keep', action: 'core.transform', input: { value: 1 } });
  const { page } = await openApp({ role: 'operator' });
  const keyboard = keyboardOf(page);
  const { keys, press, choose, type } = keyboard;
  await expect(title(page, 'Home')).toBeVisible();

  await keys('Tab', 'g', 'w');
  await press('button', 'Name');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.insertText(name);
  await keys('Enter');
  await openRow(page, keyboard, { grid: 'Workflows', text: name });
  await expect(title(page, name)).toBeFocused();
  await choose('tab', 'Sync');
  const cursor = page.getByRole('region', { name: 'Cursor' });
  await expect(cursor).toContainText(`Events delivered${ROWS}`, SOON);
  await press('button', 'Move…');
  const move = page.getByRole('dialog', { name: 'Move the cursor' });
  await type('Value', '19');
  await keys('Enter');
  await expect(move).toContainText('10 events would be delivered again', SOON);
  await press('button', 'Move the cursor');
  await expect(move).toBeHidden(SOON);
  await expect(page.getByRole('button', { name: 'Move…' })).toBeFocused();
  await expect(cursor).toContainText('Position19', SOON);
  expect(await api('GET', `/v1/workflows/${id}/cursor`)).toMatchObject({ position: { value: '19' } });

  await press('button', 'Pause');
  await expect(page.getByRole('textbox', { name: 'Reason' })).toBeFocused();
  await page.keyboard.insertText('the table is moved');
  await keys('Enter');
  await expect(page.getByText('the table is moved')).toBeVisible(SOON);
  await press('button', 'Resume');
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible(SOON);
  await keys('Tab');
});

test('an administrator connects an account, runs an action with it and makes an API key, without a mouse', async () => {
  const [account, key] = [nameOf('connected'), nameOf('made')];
  const host = (await api('GET', '/v1/linked_accounts/demo')).host;
  const { page } = await openApp();
  const { keys, to, press, choose, pick, type } = keyboardOf(page);
  await expect(title(page, 'Home')).toBeVisible();

  await keys('Tab', 'g', 'a');
  await press('button', 'Connect account');
  const connect = page.getByRole('dialog', { name: 'Connect account' });
  await pick(/Service/, 'Databricks');
  await choose('radio', 'Personal access token');
  await type('Name', account);
  await type('Workspace URL', host);
  await type('Token', inject('emulatorToken'));
  await keys('Enter');
  await expect(connect).toBeHidden(SOON);
  await expect(title(page, account)).toBeFocused();

  await keys('Control+k');
  await expect(page.getByRole('dialog').getByRole('searchbox')).toBeFocused();
  await page.keyboard.insertText('databricks.execute_statement');
  await expect(
    page
      .getByRole('dialog')
      .getByRole('menuitem', { name: /execute_statement/ })
      .first(),
  ).toBeVisible();
  await keys('Enter');
  await expect(title(page, /Statement/)).toBeFocused();
  const choice = await to('combobox', 'Linked account');
  await page.keyboard.type(account);
  await expect(choice).toHaveValue(account);
  await to('combobox', 'Warehouse');
  await keys('ArrowDown');
  await expect(page.getByRole('listbox', { name: 'Choices of Warehouse' }).getByRole('option').first()).toBeVisible(
    SOON,
  );
  await keys('ArrowDown', 'Enter');
  await type('Statement', 'SELECT 42 AS answer');
  await press('button', 'Run');
  await expect(page.getByRole('dialog', { name: /^Run / })).toBeVisible();
  await press('button', 'Run');
  await expect(page.getByRole('grid', { name: 'Rows' })).toContainText('42', SOON);
  await to('grid', 'Rows');

  await keys('g', 's');
  await press('link', 'API keys');
  await press('button', 'Create API key');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.insertText(key);
  await choose('radio', 'Operator');
  await press('button', 'Create');
  await expect(page.getByRole('dialog', { name: 'API key created' })).toBeVisible(SOON);
  await press('button', 'Done');
  await expect(page.getByRole('button', { name: 'Create API key' })).toBeFocused();
  await press('button', `Revoke ${key}`);
  await press('button', 'Revoke key');
  await expect(page.getByRole('button', { name: `Revoke ${key}` })).toHaveCount(0, SOON);
  await keys('Tab');
});
