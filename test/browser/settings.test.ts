import { createServer, type IncomingMessage } from 'node:http';
import { expect, type Page } from '@playwright/test';
import { inject, onTestFinished, test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;
const rowOf = (page: Page, grid: string, text: string) =>
  page.getByRole('grid', { name: grid }).getByRole('row').filter({ hasText: text });
const dialogOf = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });
const stored = (page: Page) =>
  page.evaluate<string>('JSON.stringify([localStorage, sessionStorage, history.state, location.href])');

test('an API key is created, shown once, changed and revoked', async () => {
  const name = nameOf('deploy');
  const { page } = await openApp({ path: '/settings' });
  await expect(page).toHaveURL(/settings\/tenant$/);
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'API keys' }).click();
  await expect(page.getByRole('grid', { name: 'API keys' })).toContainText('(signed in)');
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Create API key' }).click();
  await expect(page).toHaveURL(/dialog=create$/);
  await dialogOf(page, 'Create API key').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByText('Operator', { exact: true }).click();
  await expectAccessible(page);
  await dialogOf(page, 'Create API key').getByRole('button', { name: 'Create' }).click();
  const shown = dialogOf(page, 'API key created');
  const key = await shown.getByRole('textbox', { name: `Key "${name}"` }).inputValue();
  const who = await fetch(`${new URL(page.url()).origin}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(await who.json()).toMatchObject({ role: 'operator', key: { name } });
  await page.keyboard.press('Escape');
  await expect(shown).toBeVisible();
  await shown.getByRole('button', { name: 'Done' }).click();
  await expect(shown).toBeHidden();
  expect((await page.content()) + (await stored(page))).not.toContain(key);

  await page.getByRole('button', { name: `Edit ${name}` }).click();
  await page.getByText('Viewer', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(`${name} renamed`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(rowOf(page, 'API keys', `${name} renamed`)).toContainText('viewer');
  await page.getByRole('button', { name: `Revoke ${name} renamed` }).click();
  await dialogOf(page, `Revoke ${name} renamed`).getByRole('button', { name: 'Revoke key' }).click();
  await expect(rowOf(page, 'API keys', name)).toHaveCount(0);
  const after = await fetch(`${new URL(page.url()).origin}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(after.status).toBe(401);
});

test('without an OAuth app the wizard leads here; it is added, changed and deleted', async () => {
  const name = nameOf('app');
  const host = (await api('GET', '/v1/linked_accounts/demo')).host;
  const { page, context } = await openApp({ path: '/accounts?dialog=connect&connector=databricks' });
  await context.route('**/v1/oauth_apps?*', (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await dialogOf(page, 'Connect account').getByText('Sign in with Databricks').click();
  await expect(dialogOf(page, 'Connect account').getByRole('button', { name: 'Sign in…' })).toHaveCount(0);
  await dialogOf(page, 'Connect account').getByRole('link', { name: 'Add an OAuth app' }).click();
  await context.unroute('**/v1/oauth_apps?*');
  const dialog = dialogOf(page, 'Add OAuth app');
  await expect(dialog).toContainText('/oauth/callback');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.locator('[aria-invalid="true"]').first()).toBeFocused();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('textbox', { name: 'Client id' }).fill('databricks-cli');
  await dialog.getByRole('textbox', { name: 'Client secret' }).fill('very-secret-secret');
  await dialog.getByRole('textbox', { name: 'Workspace URL' }).fill('https://example.com');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Workspace URL' })).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByRole('textbox', { name: 'Workspace URL' }).fill(host);
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialogOf(page, 'OAuth app added').getByRole('button', { name: 'Done' }).click();
  expect((await page.content()) + (await stored(page))).not.toContain('very-secret-secret');

  await rowOf(page, 'OAuth apps', name).getByText(name).click();
  await dialogOf(page, name).getByRole('textbox', { name: 'Scopes' }).fill('sql\nno good');
  await dialogOf(page, name).getByRole('button', { name: 'Save' }).click();
  await expect(dialogOf(page, name).getByRole('textbox', { name: 'Scopes' })).toHaveAttribute('aria-invalid', 'true');
  await dialogOf(page, name).getByRole('textbox', { name: 'Scopes' }).fill('sql');
  await dialogOf(page, name).getByRole('button', { name: 'Save' }).click();
  await expect(dialogOf(page, name)).toBeHidden();
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await dialogOf(page, `Delete ${name}`).getByRole('button', { name: 'Delete app' }).click();
  await expect(rowOf(page, 'OAuth apps', name)).toHaveCount(0);
});

test('a webhook endpoint is added, tested, paused, given a new secret, redelivered to and deleted', async () => {
  const endpoint = await openReceiver();
  const { page } = await openApp({ path: '/settings/webhook-endpoints' });
  await page.getByRole('button', { name: 'Add endpoint' }).click();
  const dialog = dialogOf(page, 'Add webhook endpoint');
  await dialog.getByRole('textbox', { name: 'URL' }).fill('nonsense');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.getByRole('textbox', { name: 'URL' })).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByRole('textbox', { name: 'URL' }).fill(endpoint.url);
  await dialog.getByText('Only some').click();
  await dialog.getByText('run.crashed').click();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add' }).click();
  const secret = await dialogOf(page, 'Signing secret').getByRole('textbox', { name: 'Secret' }).inputValue();
  expect(secret).toMatch(/^whsec_/);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('heading', { level: 2, name: new URL(endpoint.url).host })).toBeVisible();
  expect((await page.content()) + (await stored(page))).not.toContain(secret);

  await page.getByRole('button', { name: 'Send test event' }).click();
  await expect(page.getByText('The endpoint accepted the event.')).toBeVisible({ timeout: 15_000 });
  expect(endpoint.requests[0]!.headers['webhook-signature']).toMatch(/^v1,/);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Redeliver webhook_endpoint.test' }).click();
  await expect(page.getByRole('grid', { name: 'Deliveries' }).getByRole('row')).toHaveCount(3, { timeout: 15_000 });

  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Events wait until it is resumed.')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Edit…' }).click();
  await dialogOf(page, 'Edit webhook endpoint').getByText('All', { exact: true }).click();
  await dialogOf(page, 'Edit webhook endpoint').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.getByRole('button', { name: 'New secret…' }).click();
  await page.getByRole('button', { name: 'Create new secret' }).click();
  const renewed = await dialogOf(page, 'Signing secret').getByRole('textbox', { name: 'Secret' }).inputValue();
  expect(renewed).not.toBe(secret);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('Previous secret')).toBeVisible();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete endpoint' }).click();
  await expect(page).toHaveURL(/webhook-endpoints$/);
  await expect(rowOf(page, 'Webhook endpoints', new URL(endpoint.url).host)).toHaveCount(0);
});

test('the audit log is filtered by the address, and the tenant is changed', async () => {
  const name = nameOf('audited');
  const key = await api('POST', '/v1/api_keys', { name, role: 'viewer' });
  await api('PATCH', `/v1/api_keys/${key.id}`, { role: 'operator' });
  const { page } = await openApp({ path: '/settings/audit' });
  const rows = page.getByRole('grid', { name: 'Audit' }).getByRole('row');
  await page.getByRole('button', { name: 'Target', exact: true }).click();
  await page.getByRole('textbox', { name: 'Target' }).fill(name);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(rows).toHaveCount(3);
  await expect(page).toHaveURL(/target=audited/);
  await page.goto(`${page.url()}&action=api_key.create`);
  await expect(rows).toHaveCount(2);
  await expectAccessible(page);
  await rows.nth(1).getByText('api_key.create').click();
  await expect(dialogOf(page, 'api_key.create')).toContainText(key.id);
  await page.keyboard.press('Escape');
  await page.goto('/app/settings/audit?target=nothing-has-this-name');
  await expect(page.getByText('No entry matches these filters')).toBeVisible();

  await page.getByRole('link', { name: 'Tenant' }).click();
  await expect(page.getByRole('table', { name: 'Quotas' }).getByRole('row', { name: /API keys/ })).toContainText(
    '1,000',
  );
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Edit…' }).click();
  await page.getByRole('textbox', { name: 'Return URLs' }).fill('not a url');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('textbox', { name: 'Return URLs' })).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('textbox', { name: 'Return URLs' }).fill('https://example.com/back');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('https://example.com/back')).toBeVisible();
  await api('PATCH', '/v1/tenant', { return_urls: [] });
});

test('a viewer sees what a viewer may see, without buttons, also on a phone', async () => {
  const { page } = await openApp({ path: '/settings', role: 'viewer', width: 390 });
  await expect(page.getByRole('table', { name: 'Quotas' })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Settings' }).getByRole('link')).toHaveText([
    'OAuth apps',
    'Webhook endpoints',
    'Tenant',
  ]);
  await expect(page.getByRole('main').getByRole('button', { name: /Edit|Add|Delete|Create/ })).toHaveCount(0);
  await expectAccessible(page);
  await page.goto('/app/settings/oauth-apps?dialog=create');
  await expect(page.getByRole('heading', { level: 2, name: 'OAuth apps', exact: true })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto('/app/settings/api-keys');
  await expect(page.getByRole('alert')).toContainText('admin');
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});

/** A endpoint of webhooks that accepts everything. */
async function openReceiver(): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(inject('receiverPort'), '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${inject('receiverPort')}/hook`, requests };
}
