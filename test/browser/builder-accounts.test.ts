import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, type Locator, type Page } from '@playwright/test';
import { inject, onTestFinished, test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';
import { draftOf, draftState } from './builder-page.ts';

closeBrowserAfterAll();

const POLICIES = 50_000;
const MAX_ROWS = 60;
const PANEL = `document.querySelector('.panel-scroll')`;
/** Its focus scrolls the panel to a field; its list is opened before the page hears of that. */
const OPENED_AT_ONCE = `(() => {
  ${PANEL}.scrollTop = 0;
  const field = document.querySelector('[role="combobox"][id$="policy_id"]');
  field.focus();
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
})()`;

let names = 0;
const nameOf = (what: string) => `${what} builder ${process.pid}-${++names}`;
const accountOf = (page: Page) => page.getByRole('combobox', { name: 'Linked account' });

/** Pixels between a list and the field that it hangs on, below or above it. */
async function gapOf(list: Locator, field: Locator): Promise<number> {
  const [of, at] = [(await list.boundingBox())!, (await field.boundingBox())!];
  return Math.min(Math.abs(of.y - at.y - at.height), Math.abs(at.y - of.y - of.height));
}

/** A draft with one step that needs an account of Databricks. */
async function draft(step: object): Promise<string> {
  const steps = [{ id: 'one', input: {}, ...step }];
  const body = { name: nameOf('flow'), trigger: { id: 'core.manual' }, steps, publish: false };
  return (await api('POST', '/v1/workflows', body)).id;
}

test('an account is connected in place, by a token or by a sign-in, and nothing typed is lost', async () => {
  const id = await draft({ action: 'databricks.execute_statement' });
  const { host } = await api('GET', '/v1/linked_accounts/demo');
  const { page, context } = await openApp({ path: `/workflows/${id}/edit?step=one` });
  const dialog = page.getByRole('dialog', { name: 'Connect account' });
  const connect = async (kind: string, name: string) => {
    await page.getByRole('button', { name: 'Connect account' }).click();
    await expect(dialog.getByRole('button', { name: /Service/ })).toHaveCount(0);
    await dialog.getByText(kind, { exact: true }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  };
  const statement = page.getByRole('region', { name: 'Input' }).getByRole('textbox', { name: 'Statement' });
  await statement.click();
  await page.keyboard.insertText('SELECT 42 AS kept');
  const byToken = nameOf('token');
  await connect('Personal access token', byToken);
  await expectAccessible(page);
  await dialog.getByRole('textbox', { name: 'Workspace URL' }).fill(host);
  await dialog.getByRole('textbox', { name: 'Token' }).fill(inject('emulatorToken'));
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog).toBeHidden();
  await expect(accountOf(page)).toHaveValue(byToken);
  await expect(statement).toContainText('SELECT 42 AS kept');

  const app = await api('POST', '/v1/oauth_apps', { name: nameOf('app'), host, client_id: 'databricks-cli' });
  const byPerson = nameOf('person');
  await connect('Sign in with Databricks', byPerson);
  await dialog.getByRole('button', { name: 'OAuth app' }).click();
  await page.getByRole('option', { name: app.name }).click();
  const popup = context.waitForEvent('page');
  await dialog.getByRole('button', { name: 'Sign in…' }).click();
  await (await popup).getByRole('button', { name: 'Allow' }).click();
  await expect(dialog).toBeHidden();
  await expect(accountOf(page)).toHaveValue(byPerson);
  await expect(statement).toContainText('SELECT 42 AS kept');
  await expect(draftState(page)).toHaveText('Saved');
  expect((await draftOf(id)).steps).toEqual([
    {
      id: 'one',
      action: 'databricks.execute_statement',
      linked_account: byPerson,
      input: { statement: 'SELECT 42 AS kept' },
    },
  ]);

  const { page: viewed } = await openApp({ path: `/workflows/${id}/edit?step=one`, role: 'viewer' });
  await expect(viewed.getByText('To connect an account, you need the role builder. Yours is viewer.')).toBeVisible();
  await expect(viewed.getByRole('button', { name: 'Connect account' })).toHaveCount(0);
  await expectAccessible(viewed);
});

test('choices: a list that fails says so and is tried again, one of 50,000 is searched, any text is kept', async () => {
  let isAway = true;
  const policies = Array.from({ length: POLICIES }, (_, n) => ({ policy_id: `P${n}`, name: `Policy ${n}` }));
  const answer = JSON.stringify({ policies });
  const server = createServer((_request, response) => {
    response.writeHead(isAway ? 403 : 200, { 'content-type': 'application/json' });
    response.end(isAway ? '{"error_code":"PERMISSION_DENIED","message":"Ask an administrator"}' : answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const name = nameOf('policies');
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const authentication = { kind: 'pat', name: 'token', host, token: 'dapi-of-a-test', test: false };
  await api('POST', '/v1/linked_accounts', { name, connector: 'databricks', authentication });
  const id = await draft({ action: 'databricks.create_cluster', linked_account: name });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=one` });
  const policy = page.getByRole('combobox', { name: 'Policy' });
  const options = page.getByRole('listbox', { name: 'Choices of Policy' }).getByRole('option');

  await policy.press('ArrowDown');
  await expect(page.getByText(/No choices: .*Any text can be entered/)).toBeVisible({ timeout: 15_000 });
  await policy.fill('typed-by-hand');
  await expectAccessible(page);
  await expect.poll(async () => (await draftOf(id)).steps[0].input.policy_id).toBe('typed-by-hand');

  isAway = false;
  await page.getByRole('button', { name: 'Retry' }).click();
  await policy.fill('');
  await expect(options.first()).toBeVisible({ timeout: 15_000 });
  expect(await options.count()).toBeLessThan(MAX_ROWS);
  await policy.press('Escape');
  await policy.blur();
  await page.evaluate(OPENED_AT_ONCE);
  await expect(options.first()).toBeVisible();
  const { y } = (await policy.boundingBox())!;
  await page.evaluate(`${PANEL}.scrollTop -= 40`);
  await expect.poll(async () => (await policy.boundingBox())!.y).toBe(y + 40);
  await expect.poll(() => gapOf(page.locator('.form-choices'), policy)).toBeLessThan(20);
  await expect(policy).toHaveAttribute('aria-expanded', 'true');
  await expect(options.first()).toHaveAttribute('aria-setsize', String(POLICIES));
  for (let count = 0; count < 5; count += 1) await page.keyboard.press('PageDown');
  await expect(page.locator('[role=option][data-focused]')).toHaveAttribute('aria-posinset', '40');
  await expectAccessible(page);
  await policy.fill('policy 49');
  await page.keyboard.type('999');
  await expect(options).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');

  await expect(policy).toHaveValue('P49999');
  await expect(page.getByText('Policy 49999')).toBeVisible();
  await expect.poll(async () => (await draftOf(id)).steps[0].input.policy_id).toBe('P49999');
});
