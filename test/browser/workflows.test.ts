import { expect, type Page } from '@playwright/test';
import { test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';
import { openSync, PAGE_ROWS, ROWS } from './sync.ts';

closeBrowserAfterAll();

/** What the API does is done within this. */
const SOON = { timeout: 30_000 };

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;

const manual = (name: string, value: unknown = 1) => ({
  name,
  trigger: { id: 'core.manual' },
  steps: [{ id: 'shape', action: 'core.transform', input: { value } }],
});

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

test('the list shows state, runs and trigger, is filtered by the URL, and names of any script are text', async () => {
  const odd = nameOf(`<img src=x onerror=alert(1)> أهلا وسهلا 🙂 ${'x'.repeat(140)}`).slice(0, 200);
  const { id } = await api('POST', '/v1/workflows', manual(odd));
  await api('POST', `/v1/workflows/${id}/run`, {});
  await api('POST', '/v1/workflows', {
    ...manual(nameOf('nightly')),
    trigger: { id: 'core.schedule', schedule: { cron: '0 3 * * *' } },
  });
  const { page } = await openApp({ path: '/workflows' });
  const grid = page.getByRole('grid', { name: 'Workflows' });
  const row = grid.getByRole('row').filter({ hasText: 'أهلا وسهلا' });

  await expect(row).toContainText('Ready');
  await expect(row.getByRole('img', { name: /^Last run: 1 / })).toBeVisible();
  expect(await page.locator('main img[src]').count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Trigger', exact: true }).click();
  await page.getByRole('option', { name: 'Schedule' }).click();
  await expect(page).toHaveURL(/trigger=core\.schedule/);
  await expect(row).toHaveCount(0);
  await expect(grid.getByRole('row').filter({ hasText: 'nightly' }).first()).toContainText('On time');
  await page.goto(`/app/workflows?q=${encodeURIComponent('أهلا وسهلا')}&state=ok`);
  await expect(grid.getByRole('row')).toHaveCount(2);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(new RegExp(`/app/workflows/${id}`));
  await expect(page.getByRole('heading', { level: 1, name: odd })).toBeVisible();
  await page.goto('/app/workflows?q=nothing-has-this-name');
  await expect(page.getByRole('heading', { name: 'No workflow matches these filters' })).toBeVisible();
});

test('a workflow runs with an input that was typed, every digit of it', async () => {
  const { id } = await api('POST', '/v1/workflows', manual(nameOf('typed'), '{{ trigger.n }}'));
  const { page } = await openApp({ path: `/workflows/${id}?dialog=run` });
  const dialog = page.getByRole('dialog', { name: 'Run now' });

  await dialog.getByRole('textbox', { name: 'Input' }).fill('{"n": ');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(dialog).toContainText('It is not JSON');
  await expectAccessible(page);
  await dialog.getByRole('textbox', { name: 'Input' }).fill('{"n": 9007199254740993}');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();

  await expect(page).toHaveURL(/\/app\/runs\/run_/);
  await page.getByRole('tab', { name: 'Input' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('9007199254740993');
});

test('the switch, pause and resume, by an operator; a viewer has none of them', async () => {
  const { id, name } = await openSync({ id: 'keep', action: 'core.transform', input: { value: 1 } });
  const { page } = await openApp({ path: `/workflows/${id}`, role: 'operator' });
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByRole('tab')).toHaveText(['Runs', 'Sync', 'Versions', 'Settings']);
  await expect(page.getByRole('link', { name: 'Edit' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause' });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('the <b>table</b> is moved');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('the <b>table</b> is moved')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page.getByText('A poll was requested')).toBeVisible();
  await page.getByRole('switch', { name: 'Enabled' }).click({ force: true });
  await expect(page.getByText('Disabled')).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Enabled' })).not.toBeChecked();

  const viewer = await openApp({ path: `/workflows/${id}?tab=sync`, role: 'viewer', width: 390 });
  await expect(viewer.page.getByRole('heading', { name: 'Cursor' })).toBeVisible();
  for (const button of ['Run now', 'Pause', 'Resume', 'Move…', 'New backfill'])
    await expect(viewer.page.getByRole('button', { name: button })).toHaveCount(0);
  await expect(viewer.page.getByRole('switch')).toHaveCount(0);
  expect(await viewer.page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});

test('a sync shows where it stands, tells what a move delivers again before it moves, and backfills', async () => {
  const { id } = await openSync({ id: 'keep', action: 'core.transform', input: { value: 1 } });
  const { page } = await openApp({ path: `/workflows/${id}?tab=sync` });
  const cursor = section(page, 'Cursor');
  await expect(cursor).toContainText(`Events delivered${ROWS}`, SOON);
  await expect(cursor).toContainText('Up to date');
  await expect(page.locator('figure canvas')).toHaveCount(4);
  await page.getByRole('button', { name: 'Show as a table' }).click();
  await expect(page.getByRole('table').getByRole('columnheader')).toHaveCount(6);
  await expectAccessible(page);

  await cursor.getByRole('button', { name: 'Move…' }).click();
  const move = page.getByRole('dialog', { name: 'Move the cursor' });
  await expect(move.getByRole('button', { name: 'Move the cursor' })).toHaveCount(0);
  await move.getByRole('textbox', { name: 'Value' }).fill('yesterday');
  await move.getByRole('button', { name: 'Preview' }).click();
  await expect(move.getByRole('textbox', { name: 'Value' })).toHaveAttribute('aria-invalid', 'true');
  await move.getByRole('textbox', { name: 'Value' }).fill('19');
  await move.getByRole('button', { name: 'Preview' }).click();
  await expect(move).toContainText('10 events would be delivered again', SOON);
  await expectAccessible(page);
  expect(await api('GET', `/v1/workflows/${id}/cursor`)).toMatchObject({ position: { value: '29' }, events: ROWS });
  await move.getByRole('radio', { name: /The beginning/ }).check({ force: true });
  await expect(move.getByRole('button', { name: 'Move the cursor' })).toHaveCount(0);
  await move.getByRole('button', { name: 'Preview' }).click();
  await expect(move).toContainText(`${ROWS} events would be delivered again`, SOON);
  await api('PUT', `/v1/workflows/${id}/cursor`, { value: '28' });
  await move.getByRole('button', { name: 'Move the cursor' }).click();
  await expect(move.getByRole('alert')).toBeVisible();
  await move.getByRole('button', { name: 'Close' }).click();
  await expect(cursor).toContainText('Position28', SOON);
  await expect(section(page, 'History').getByText('28', { exact: true })).toHaveCount(1, SOON);

  await page.getByRole('button', { name: 'New backfill' }).click();
  const backfill = page.getByRole('dialog', { name: 'New backfill' });
  await backfill.getByRole('textbox', { name: 'After' }).fill('4');
  await backfill.getByRole('textbox', { name: 'Until' }).fill('9');
  await backfill.getByRole('button', { name: 'Start backfill' }).click();
  await expect(section(page, 'Backfills').getByRole('listitem')).toContainText('5 events delivered', SOON);
  await expect(section(page, 'Backfills')).toContainText('Done', SOON);
});

test('dead letters are discarded, and redelivered after what happens outside was shown', async () => {
  const { id } = await openSync({ id: 'fail', action: 'core.transform', input: { value: '{{ $number("none") }}' } });
  const { page } = await openApp({ path: `/workflows/${id}?tab=sync` });
  const letters = section(page, 'Dead letters');
  await expect
    .poll(async () => (await api('GET', `/v1/workflows/${id}/trigger`)).dead_letters_open, SOON)
    .toBe(ROWS / PAGE_ROWS);
  await page.reload();
  await expect(letters.getByRole('listitem')).toHaveCount(3);
  await expect(page.getByText('3 dead-lettered event batches not delivered.')).toBeVisible();

  await letters.getByRole('button', { name: 'Discard…' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await expect(letters.getByRole('listitem')).toHaveCount(2);
  await letters.getByRole('button', { name: 'Redeliver all…' }).click();
  const all = page.getByRole('dialog', { name: 'Redeliver all' });
  await expect(all.getByRole('region', { name: 'What happens outside' })).toContainText('No effect happens a second');
  await expectAccessible(page);
  await all.getByRole('button', { name: 'Close' }).click();
  await letters.getByRole('button', { name: 'Redeliver…' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Redeliver' });
  await expect(dialog.getByRole('region', { name: 'What happens outside' })).toContainText('fail');
  await dialog.getByRole('button', { name: 'Redeliver' }).click();

  await expect(page).toHaveURL(/\/app\/runs\/run_/);
  await expect(page.getByText('Replay of')).toBeVisible();
});

test('two versions are compared, and an earlier one becomes a draft that is published', async () => {
  const name = nameOf('versions');
  const { id } = await api('POST', '/v1/workflows', manual(name, 'first'));
  await api('PUT', `/v1/workflows/${id}`, manual(name, 'second'));
  const { page } = await openApp({ path: `/workflows/${id}?tab=versions` });
  const versions = page.getByRole('list', { name: 'Versions' }).getByRole('listitem');
  await expect(versions).toHaveCount(2);

  await versions.first().getByRole('button', { name: 'Changes' }).click();
  await expect(page).toHaveURL(/version=2&against=1/);
  const diff = page.getByRole('region', { name: 'Version 2' });
  await expect(diff.getByText('Removed:').locator('..')).toContainText('"first"');
  await expect(diff.getByText('Added:').locator('..')).toContainText('"second"');
  await expectAccessible(page);
  await versions.last().getByRole('button', { name: 'Restore…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore as a draft' }).click();
  await expect(page.getByText('There is a draft')).toBeVisible();
  expect((await api('GET', `/v1/workflows/${id}`)).version).toBe(2);
  await page.getByRole('button', { name: 'Publish the draft' }).click();

  await expect(versions).toHaveCount(3);
  const now = await api('GET', `/v1/workflows/${id}`);
  expect(now).toMatchObject({ version: 3, steps: [{ input: { value: 'first' } }] });
});

test('settings rename, show and rotate the URL, and delete after saying what breaks', async () => {
  const name = nameOf('hooked');
  const { id, url } = await api('POST', '/v1/workflows', {
    ...manual(name, '{{ trigger.body }}'),
    trigger: { id: 'core.incoming_webhook' },
  });
  const { page } = await openApp({ path: `/workflows/${id}?tab=settings` });
  await expect(page.getByRole('heading', { name: 'Incoming webhook' })).toBeVisible();
  expect(await page.content()).not.toContain(url);

  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText(url)).toBeVisible();
  await page.getByRole('button', { name: 'Rotate URL…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate URL' }).click();
  await expect(page.getByText(url)).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Name' }).fill('new-flights');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('is already in use')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill(`${name} renamed`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${name} renamed` })).toBeVisible();

  await page.getByRole('button', { name: 'Delete workflow…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete the workflow' });
  await expect(dialog.getByRole('list', { name: 'What stops working' })).toContainText('URL for incoming webhooks');
  await expect(dialog.getByRole('button', { name: 'Delete' })).toBeDisabled();
  await dialog.getByRole('textbox').fill(`${name} renamed`);
  await dialog.getByRole('button', { name: 'Delete' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Workflows' })).toBeVisible();
  await page.goto(`/app/workflows/${id}`);
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});
