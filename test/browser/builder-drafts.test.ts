import { readFile } from 'node:fs/promises';
import { expect, type Page } from '@playwright/test';
import { test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';
import { draftOf, draftState, nameOf, workflow } from './builder-page.ts';

closeBrowserAfterAll();

test('the second of two editors is told, and nothing is overwritten before a choice', async () => {
  const id = await workflow(nameOf('two'));
  const first = await openApp({ path: `/workflows/${id}/edit?dialog=settings` });
  const second = await openApp({ path: `/workflows/${id}/edit?dialog=settings` });
  await expect(second.page.getByRole('textbox', { name: 'Description' })).toBeVisible({ timeout: 20_000 });
  await first.page.getByRole('textbox', { name: 'Description' }).fill('of the first');
  await first.page.keyboard.press('Escape');
  await expect(draftState(first.page)).toHaveText('Saved');

  await second.page.getByRole('textbox', { name: 'Description' }).fill('of the second');
  const conflict = second.page.getByRole('dialog', { name: 'Somebody else changed this draft' });
  await expect(conflict).toContainText('description');
  expect((await draftOf(id)).description).toBe('of the first');

  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await expect.poll(async () => (await draftOf(id)).description).toBe('of the second');
});

test('a reload in the middle, an unreachable server and an expired session lose nothing', async () => {
  const id = await workflow(nameOf('kept'));
  const { page, context, key } = await openApp({ path: `/workflows/${id}/edit?dialog=settings` });
  const description = page.getByRole('textbox', { name: 'Description' });
  await expect(description).toBeVisible();
  const drafts = /\/draft(\?|$)/;
  await context.route(drafts, (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await description.fill('typed while the server was unreachable');
  await expect(page.getByRole('status', { name: 'Draft', includeHidden: true })).toContainText('cannot be reached');

  await page.reload();
  await expect(description).toHaveValue('typed while the server was unreachable');
  await context.unroute(drafts);
  await expect
    .poll(async () => (await draftOf(id).catch(() => ({}))).description, { timeout: 20_000 })
    .toBe('typed while the server was unreachable');
  await context.clearCookies();
  await description.fill('typed without a session');
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByRole('textbox', { name: 'API key' }).fill(key);
  await again.getByRole('button', { name: 'Sign in' }).click();

  await expect.poll(async () => (await draftOf(id)).description).toBe('typed without a session');
});

test('a tab that has crashed leaves what was typed to the next one, and a living tab keeps its own', async () => {
  const id = await workflow(nameOf('crashed'));
  const path = `/workflows/${id}/edit?dialog=settings`;
  const { page, context } = await openApp({ path });
  const descriptionOf = (of: Page) => of.getByRole('textbox', { name: 'Description' });
  const openAgain = async () => {
    const next = await context.newPage();
    await next.goto(`/app${path}`);
    await expect(descriptionOf(next)).toBeVisible({ timeout: 20_000 });
    return next;
  };
  const drafts = /\/draft\?/;
  await context.route(drafts, (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await descriptionOf(page).fill('typed before the crash');
  await expect(page.getByRole('status', { name: 'Draft', includeHidden: true })).toContainText('cannot be reached');

  const beside = await openAgain();
  await expect(descriptionOf(beside)).toHaveValue('');
  await beside.close();
  const crashed = page.waitForEvent('crash');
  const tab = await context.newCDPSession(page);
  // It has no answer: what would give one has crashed.
  void tab.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
  const next = await openAgain();
  await expect(descriptionOf(next)).toHaveValue('typed before the crash');
  await expect(draftOf(id)).rejects.toThrow('404');
  await context.unroute(drafts);

  await expect
    .poll(async () => (await draftOf(id).catch(() => ({}))).description, { timeout: 20_000 })
    .toBe('typed before the crash');
});

test('a paste of 2 MB is refused wherever it goes, and changes nothing', async () => {
  const id = await workflow(nameOf('large'));
  const before = (await api('GET', `/v1/workflows/${id}`)).steps;
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=again` });
  const editor = page.getByRole('textbox', { name: 'Value', exact: true });
  await expect(editor).toBeVisible();
  const large = `JSON.stringify({ id: 'large', action: 'core.transform', input: { value: 'x'.repeat(2_000_000) } })`;
  const paste = (into: string) =>
    page.evaluate<void>(
      `const data = new DataTransfer(); data.setData('text/plain', ${large});
       ${into}.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))`,
    );
  await paste(`document.querySelector('[role=tree]')`);
  await expect(page.getByRole('status', { name: 'What happened' })).toHaveText(/too long: .* at most 1,024 kB/);

  await editor.click();
  await paste(`document.querySelector('.panel .code').shadowRoot.activeElement`);
  await expect(page.getByRole('alert')).toHaveText(/at most 32,768 are read. Nothing was inserted/);
  await expect(editor).toHaveText(before[1].input.value);

  for (const [act, field, button] of [
    ['Paste steps…', 'Steps as JSON', 'Paste'],
    ['Import…', 'Workflow as JSON', 'Replace the draft'],
  ] as const) {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: act }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: field }).fill('x'.repeat(2_000_000));
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await expect(dialog.getByText(/too long: .* at most 1,024 kB/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await expect(dialog).toBeHidden();
  }
  await expect(draftState(page)).toHaveText('Saved');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  await expect(draftOf(id)).rejects.toThrow('404');
});

test('a workflow leaves as a file and comes back with another account; an earlier version becomes the draft', async () => {
  const name = nameOf('file');
  const read = (statement: string, linked_account = 'demo') => ({
    name,
    trigger: { id: 'core.manual' },
    steps: [{ id: 'read', action: 'databricks.execute_statement', linked_account, input: { statement } }],
  });
  const { id } = await api('POST', '/v1/workflows', read('SELECT 1'));
  await api('PUT', `/v1/workflows/${id}`, read('SELECT 2'));
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  const more = async (act: string) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: act }).click();
  };
  const stepsOfDraft = async () => (await draftOf(id).catch(() => ({}))).steps;
  const downloaded = page.waitForEvent('download');
  await more('Export');
  const file = JSON.parse(await readFile(await (await downloaded).path(), 'utf8'));
  expect(file).toMatchObject(read('SELECT 2'));
  expect(Object.keys(file)).not.toContain('id');

  await more('Import…');
  const dialog = page.getByRole('dialog');
  const buffer = Buffer.from(JSON.stringify({ ...file, ...read('SELECT 3', 'elsewhere') }));
  await dialog.getByLabel('File').setInputFiles({ name: 'flow.json', mimeType: 'application/json', buffer });
  await dialog.getByRole('combobox', { name: 'In place of “elsewhere” (databricks)' }).selectOption('demo');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Replace the draft' }).click();
  await expect.poll(stepsOfDraft).toEqual(read('SELECT 3').steps);

  await more('Versions');
  await dialog.getByRole('radio', { name: 'Version 1' }).check();
  await expect(dialog.getByRole('region', { name: 'Differences' })).toContainText('SELECT 1');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Use as draft' }).click();
  // A version names its account by the id, as the API shows it.
  const { id: account } = await api('GET', '/v1/linked_accounts/demo');
  await expect.poll(stepsOfDraft).toEqual([{ ...read('SELECT 1', account).steps[0], on_error: 'stop' }]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(stepsOfDraft).toEqual(read('SELECT 3').steps);
});

test('two who publish at once: the second compares both, decides, and nothing is overwritten', async () => {
  const id = await workflow(nameOf('publish'));
  const describe = async (page: Page, text: string) => {
    await page.getByRole('textbox', { name: 'Description' }).fill(text);
    await page.keyboard.press('Escape');
  };
  const first = await openApp({ path: `/workflows/${id}/edit?dialog=settings` });
  await describe(first.page, 'of the first');
  await expect(draftState(first.page)).toHaveText('Saved');
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  await page.getByRole('button', { name: 'Publish' }).click();
  const dialog = page.getByRole('dialog', { name: 'Publish' });
  await expect(dialog.getByRole('region', { name: 'Changes' })).toContainText('of the first');
  await expect(dialog.getByRole('region', { name: 'What it means' })).toContainText('keep the version');

  // The same draft twice: one version.
  await api('POST', `/v1/workflows/${id}/draft/publish`, {});
  await dialog.getByRole('button', { name: 'Publish version 2' }).click();
  await expect(dialog.getByRole('alert')).toContainText('nothing was published');
  expect((await api('GET', `/v1/workflows/${id}`)).version).toBe(2);

  // Another draft, while this one is about to be published.
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Workflow settings' }).click();
  await describe(page, 'of the second');
  await expect(draftState(page)).toHaveText('Saved');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(dialog.getByRole('button', { name: 'Publish version 3' })).toBeEnabled();
  await api('PUT', `/v1/workflows/${id}/draft`, { ...(await draftOf(id)), description: 'last' });
  await dialog.getByRole('button', { name: 'Publish version 3' }).click();
  const conflict = page.getByRole('dialog', { name: 'Somebody else changed this draft' });
  await expect(conflict.getByRole('region', { name: 'Differences' })).toContainText('Removed:   "description": "last"');
  await expect(conflict).toContainText('Added:   "description": "of the second"');
  await expectAccessible(page);
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await expect.poll(async () => (await draftOf(id)).description).toBe('of the second');
  expect((await api('GET', `/v1/workflows/${id}`)).version).toBe(2);

  // A version that somebody published elsewhere is shown before what is typed on the one before is saved.
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Workflow settings' }).click();
  await api('POST', `/v1/workflows/${id}/draft/publish`, {});
  await describe(page, 'typed on version 2');
  const newer = page.getByRole('dialog', { name: 'Somebody else published version 3' });
  await expect(newer).toContainText('version 3 runs until it is published');
  await newer.getByRole('radio', { name: 'Theirs' }).click();
  await expect(newer.locator('pre')).toContainText('of the second');
  await newer.getByRole('button', { name: 'Take theirs' }).click();
  await expect(draftState(page)).toHaveText('Saved');
  await expect(draftOf(id)).rejects.toThrow('404');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await draftOf(id).catch(() => ({}))).description).toBe('typed on version 2');
});
