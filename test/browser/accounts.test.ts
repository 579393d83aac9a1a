import { expect, type Page } from '@playwright/test';
import { inject, test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;
const emulatorUrl = async (): Promise<string> => (await api('GET', '/v1/linked_accounts/demo')).host;
const dialogOf = (page: Page, name: string | RegExp = 'Connect account') => page.getByRole('dialog', { name });
const cardOf = (page: Page, name: string) => page.getByRole('article', { name });

async function newAccount(name: string): Promise<{ id: string }> {
  const authentication = { kind: 'pat', name: 'token', host: await emulatorUrl(), token: inject('emulatorToken') };
  return api('POST', '/v1/linked_accounts', { name, authentication });
}

/** An OAuth app of the emulator. */
async function newApp(): Promise<{ id: string; name: string }> {
  return api('POST', '/v1/oauth_apps', { name: nameOf('app'), host: await emulatorUrl(), client_id: 'databricks-cli' });
}

test('the wizard connects an account by a token: each refusal at its field, and the token stays nowhere', async () => {
  const name = nameOf('token <b>account</b> مرحبا 🙂');
  const { page, context } = await openApp({ path: '/accounts' });
  await expect(page.getByRole('grid', { name: 'Accounts' })).toBeVisible();

  await page.getByRole('button', { name: 'Connect account' }).click();
  await expect(page).toHaveURL(/dialog=connect/);
  const dialog = dialogOf(page);
  await dialog.getByRole('button', { name: /Service/ }).click();
  await page.getByRole('option', { name: 'Databricks' }).click();
  await expect(dialog.getByRole('radiogroup', { name: 'How to sign in' }).getByRole('radio')).toHaveCount(3);
  await dialog.getByText('Service principal', { exact: true }).click();
  await expect(page).toHaveURL(/kind=oauth_m2m/);
  await page.reload();
  await expect(dialog.getByRole('textbox', { name: 'Client ID' })).toBeVisible();
  await dialog.getByText('Personal access token', { exact: true }).click();
  await expectAccessible(page);

  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('textbox', { name: 'Workspace URL' }).fill('https://example.com');
  await dialog.getByRole('textbox', { name: 'Token' }).fill('dapi-wrong-token');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Workspace URL' })).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByRole('textbox', { name: 'Workspace URL' })).toBeFocused();
  await dialog.getByRole('textbox', { name: 'Workspace URL' }).fill(await emulatorUrl());
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  expect((await api('GET', `/v1/linked_accounts?name=${encodeURIComponent(name)}`)).items).toEqual([]);
  await dialog.getByRole('textbox', { name: 'Token' }).fill(inject('emulatorToken'));
  await dialog.getByRole('button', { name: 'Connect' }).click();

  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('Active').first()).toBeVisible();
  const kept = await page.evaluate<string>(
    'JSON.stringify([localStorage, sessionStorage, history.state, location.href])',
  );
  expect((await page.content()) + kept + JSON.stringify(await context.cookies())).not.toContain(
    inject('emulatorToken'),
  );
});

test('the page of an account tests, shows who uses it, reconnects, pauses and edits', async () => {
  const name = nameOf('page');
  const { id } = await newAccount(name);
  const workflow = nameOf('user');
  const step = {
    id: 'query',
    action: 'databricks.execute_statement',
    linked_account: id,
    input: { statement: 'SELECT 1' },
  };
  await api('PATCH', `/v1/linked_accounts/${id}`, { default_warehouse_id: '4f1c2b3a9d8e7f60' });
  await api('POST', '/v1/workflows', { name: workflow, trigger: { id: 'core.manual' }, steps: [step] });
  const { page } = await openApp({ path: `/accounts?account=${encodeURIComponent(name)}` });

  await expect(page.getByRole('grid', { name: 'Accounts' }).getByRole('row').nth(1)).toContainText('1 workflow');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Used by' })).toContainText(workflow);
  await cardOf(page, 'token').getByRole('button', { name: 'Test' }).click();
  await expect(page.getByRole('list', { name: 'Permissions' })).toContainText('SQL warehouses');
  await expectAccessible(page);

  await cardOf(page, 'token').getByRole('button', { name: 'Reconnect…' }).click();
  const dialog = dialogOf(page, 'Reconnect token');
  await dialog.getByRole('textbox', { name: 'Token' }).fill('dapi-wrong-token');
  await dialog.getByRole('button', { name: 'Reconnect' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Token' }).fill(inject('emulatorToken'));
  await dialog.getByRole('button', { name: 'Reconnect' }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole('button', { name: 'Pause…' }).click();
  await dialogOf(page, `Pause ${name}`).getByRole('textbox', { name: 'Reason' }).fill('month end');
  await dialogOf(page, `Pause ${name}`).getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('month end')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('month end')).toBeHidden();
  await page.getByRole('button', { name: 'Edit…' }).click();
  await dialogOf(page, `Edit ${name}`).getByRole('textbox', { name: 'Requests per second' }).fill('0');
  await dialogOf(page, `Edit ${name}`).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('textbox', { name: 'Requests per second' })).toHaveAttribute('aria-invalid', 'true');
  await dialogOf(page, `Edit ${name}`).getByRole('textbox', { name: 'Requests per second' }).fill('7');
  await dialogOf(page, `Edit ${name}`).getByRole('textbox', { name: 'Name' }).fill(`${name} renamed`);
  await dialogOf(page, `Edit ${name}`).getByRole('textbox', { name: 'Metadata' }).fill('customer=42');
  await dialogOf(page, `Edit ${name}`).getByRole('button', { name: 'Save' }).click();

  await expect(page.getByRole('heading', { level: 1, name: `${name} renamed` })).toBeVisible();
  await expect(page.getByText('7 requests per second')).toBeVisible();
  expect((await api('GET', `/v1/linked_accounts/${id}`)).metadata).toEqual({ customer: '42' });

  await page.getByRole('button', { name: 'Delete…' }).first().click();
  const deletion = dialogOf(page, `Delete ${name} renamed`);
  await expect(deletion.getByRole('list', { name: 'Would fail' })).toHaveText(workflow);
  await expectAccessible(page);
  await deletion.getByRole('button', { name: 'Delete account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Accounts' })).toBeVisible();
  await page.goto(`/app/accounts/${id}`);
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('a person signs in through a window: refused, closed, and done', async () => {
  const name = nameOf('person');
  const app = await newApp();
  const { page, context } = await openApp({ path: '/accounts?dialog=connect&connector=databricks&kind=oauth_u2m' });
  const dialog = dialogOf(page);
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: 'OAuth app' }).click();
  await page.getByRole('option', { name: app.name }).click();

  const first = context.waitForEvent('page');
  await dialog.getByRole('button', { name: 'Sign in…' }).click();
  const denied = await first;
  const isClosed = denied.waitForEvent('close');
  await denied.getByRole('button', { name: 'Deny' }).click();
  await isClosed;
  await expect(dialog.getByRole('alert')).toContainText('refused');

  const second = context.waitForEvent('page');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  const abandoned = await second;
  await expect(abandoned.getByRole('button', { name: 'Allow' })).toBeVisible();
  await abandoned.close();
  await expect(dialog.getByRole('status')).toContainText('The window was closed');
  await expectAccessible(page);

  const third = context.waitForEvent('page');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await (await third).getByRole('button', { name: 'Allow' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(cardOf(page, name)).toContainText('Sign in with Databricks');
  expect((await api('GET', `/v1/linked_accounts?name=${encodeURIComponent(name)}`)).items).toHaveLength(1);

  await cardOf(page, name).getByRole('button', { name: 'Revoke…' }).click();
  await dialogOf(page, `Revoke ${name}`).getByRole('button', { name: 'Revoke' }).click();
  await expect(cardOf(page, name).getByText('Revoked', { exact: true })).toBeVisible();
  await cardOf(page, name).getByRole('button', { name: 'Reconnect…' }).click();
  const again = context.waitForEvent('page');
  await dialogOf(page, `Reconnect ${name}`).getByRole('button', { name: 'Sign in…' }).click();
  await (await again).getByRole('button', { name: 'Allow' }).click();
  await expect(cardOf(page, name).getByText('Active', { exact: true })).toBeVisible();
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('where the browser opens no window, a link leads to the service', async () => {
  const name = nameOf('blocked');
  await newApp();
  const { page, context } = await openApp({ path: '/accounts?dialog=connect&connector=databricks&kind=oauth_u2m' });
  await page.evaluate('window.open = () => null');
  await dialogOf(page).getByRole('textbox', { name: 'Name' }).fill(name);
  await dialogOf(page).getByRole('button', { name: 'Sign in…' }).click();

  const opened = context.waitForEvent('page');
  await dialogOf(page).getByRole('link', { name: 'Open the sign-in page' }).click();
  await (await opened).getByRole('button', { name: 'Allow' }).click();

  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});

test('a viewer sees accounts and no button that a viewer may not use, also on a phone', async () => {
  const { id } = await newAccount(nameOf('viewed'));
  const { page } = await openApp({ path: '/accounts?dialog=connect', role: 'viewer', width: 390 });
  await expect(page.getByRole('grid', { name: 'Accounts' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Connect account' })).toHaveCount(0);

  await page.goto(`/app/accounts/${id}?dialog=delete`);
  await expect(cardOf(page, 'token')).toBeVisible();
  await expect(
    page.getByRole('main').getByRole('button', { name: /Test|Delete|Edit|Pause|Reconnect|Revoke|Add|link/ }),
  ).toHaveCount(0);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expectAccessible(page);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});
