import { expect } from '@playwright/test';
import { inject, test } from 'vitest';
import { closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

const PLACES = ['Home', 'Workflows', 'Runs', 'Accounts', 'Connectors', 'Settings'];

test('a page leads to the sign-in and back, and a wrong key is told', async () => {
  const { page, key } = await openApp({ path: '/runs?status=failed', isSignedOut: true });

  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.getByRole('textbox', { name: 'API key' }).fill('psk_wrong-wrong-wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('not known');
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'API key' }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible();
  expect(new URL(page.url()).search).toBe('?status=failed');
});

test('the link of npm start signs in once, and its secret leaves the address at once', async () => {
  const first = await openApp({ path: `/login${new URL(inject('appLink')).hash}`, isSignedOut: true });
  await expect(first.page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();
  expect(first.page.url()).not.toContain('link=');
  await first.page.goBack().catch(() => {});
  expect(first.page.url()).not.toContain('link=');

  const second = await openApp({ path: `/login${new URL(inject('appLink')).hash}`, isSignedOut: true });

  await expect(second.page.getByRole('alert')).toContainText('was used');
  expect(second.page.url()).not.toContain('link=');
});

test('six places are reached by links and by keys', async () => {
  const { page } = await openApp();
  const nav = page.getByRole('navigation', { name: 'Main' });
  await expect(nav.getByRole('link')).toHaveText(PLACES);

  for (const place of PLACES) {
    await nav.getByRole('link', { name: place }).click();
    await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible();
  }
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await expect(page.getByRole('heading', { level: 1, name: 'Workflows' })).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Go to Runs');
  // Of the places the tests of each say so.
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('new-fl');
  await expect(page.getByRole('dialog').getByRole('menuitem', { name: /new-flights/ })).toBeVisible();
});

test('the account of the switcher stays in the address from page to page', async () => {
  const { page } = await openApp({ path: '/runs' });

  await page.getByRole('button', { name: /Account/ }).click();
  await page.getByRole('option', { name: 'demo' }).click();
  await page.getByRole('link', { name: 'Workflows' }).click();

  await expect(page).toHaveURL(/\/app\/workflows\?account=demo$/);
});

test('an expired session is opened again in a dialog, and the page continues', async () => {
  const { page, context, key } = await openApp({ path: '/workflows' });
  await expect(page.getByRole('grid', { name: 'Workflows' })).toBeVisible();
  await context.clearCookies();

  await page.getByRole('link', { name: 'Connectors' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByRole('textbox', { name: 'API key' }).fill(key);
  await dialog.getByRole('button', { name: 'Sign in' }).click();

  await expect(page.getByRole('grid', { name: 'Actions and triggers' })).toBeVisible();
  await expect(dialog).toBeHidden();
});

test('without a server, a banner counts, and the page continues when it is back', async () => {
  const { page, context } = await openApp({ path: '/workflows' });
  await expect(page.getByRole('grid', { name: 'Workflows' })).toBeVisible();
  await context.route('**/v1/**', (route) =>
    route.fulfill({ status: 503, headers: { 'retry-after': '30' }, body: '{}' }),
  );

  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText('Next try in')).toBeVisible();
  await context.unroute('**/v1/**');
  await page.getByRole('button', { name: 'Try now' }).click();

  await expect(page.getByText('Next try in')).toBeHidden();
  await expect(page.getByRole('main').getByText('default').first()).toBeVisible();
});

test('a link to what is gone says so and leads back', async () => {
  const { page } = await openApp({ path: '/runs/run_000000000000000000000' });

  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
  await page.getByRole('link', { name: 'Back to Home' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();
});

test('a chosen theme overrides the system and is remembered', async () => {
  const { page } = await openApp({ theme: 'light' });
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const light = await background();

  await page.getByRole('button', { name: /Signed in as/ }).click();
  await page.getByRole('menuitemradio', { name: 'Dark theme' }).click();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();

  expect(await background()).not.toBe(light);
});
