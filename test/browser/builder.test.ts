import { expect, type Page } from '@playwright/test';
import { test } from 'vitest';
import { guideWorkflow } from '../guide-workflows.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;
const draftState = (page: Page) => page.getByRole('status', { name: 'Draft' });
const outline = (page: Page) => page.getByRole('tree', { name: 'Outline' });

/** A published workflow, as the API makes it. */
async function workflow(name: string, more: object = {}): Promise<string> {
  const steps = [
    { id: 'shape', action: 'core.transform', input: { value: { n: 7 } } },
    { id: 'again', action: 'core.transform', input: { value: '{{ steps.shape.output.value.n }}' } },
  ];
  return (await api('POST', '/v1/workflows', { name, trigger: { id: 'core.manual' }, steps, ...more })).id;
}

const draftOf = async (id: string) => (await api('GET', `/v1/workflows/${id}/draft`)).definition;

test('by keyboard alone: from nothing to a workflow of the guide that is published and run', async () => {
  const name = nameOf('keyboard');
  const { page } = await openApp({ path: '/workflows' });
  const keys = async (...pressed: string[]) => {
    for (const key of pressed) await page.keyboard.press(key);
  };
  const tabTo = async (role: 'button' | 'textbox' | 'combobox' | 'tab', named: string | RegExp) => {
    const target = page.getByRole(role, { name: named, exact: typeof named === 'string' });
    await expect(target).toBeVisible();
    for (let count = 0; count < 80; count += 1) {
      // An editor of code stands in a shadow tree.
      if ((await target.and(page.locator(':focus')).count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${role} ${named}`);
  };
  await expect(page.getByRole('grid', { name: 'Workflows' })).toBeVisible();

  await page.getByRole('link', { name: 'New workflow' }).focus();
  await keys('Enter');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type(name);
  await keys('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await tabTo('button', 'Add step');
  await keys('Enter');
  await expect(page.getByRole('dialog', { name: 'Choose an action' }).getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('core.transform');
  await expect(page.getByRole('dialog').getByRole('option')).toHaveCount(1);
  await keys('ArrowDown', 'Enter');
  await expect(page.getByRole('region', { name: 'Step transform' })).toBeFocused();
  await tabTo('button', /^Expression for/);
  await keys('Enter');
  await tabTo('textbox', /^Value/);
  await keys('Control+a');
  await page.keyboard.insertText('{{ 6 * 7 }}');
  await expect(page.getByRole('status', { name: /^Result of/ })).toHaveText('Gives number 42', {
    timeout: 15_000,
  });
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}');
  await expect(page.getByText('ended after half a second')).toBeVisible({ timeout: 15_000 });
  await page.keyboard.press('Control+a');
  const totals = guideWorkflow('totals', { totals: name });
  await page.keyboard.insertText(totals.steps[0].input.value);
  await expect(draftState(page)).toHaveText('Saved');
  await tabTo('button', 'Publish');
  await keys('Enter');
  const publish = page.getByRole('dialog', { name: 'Publish' });
  await expect(publish.getByText('no errors')).toBeVisible();
  await expectAccessible(page);
  await tabTo('button', 'Publish version 1');
  await keys('Enter');
  await expect(page.getByText('Version 1 is published.')).toBeVisible();
  await expect(draftState(page)).toHaveText('Saved');
  const { id, ...made } = await api('GET', `/v1/workflows/${encodeURIComponent(name)}`);
  expect(made).toMatchObject(totals);
  await tabTo('button', 'Run now');
  await keys('Enter');
  await expect(page.getByRole('status', { name: 'State of the run' })).toHaveText('Succeeded', { timeout: 15_000 });
  await expect(outline(page).getByRole('treeitem', { name: /transform.*Succeeded/ })).toBeVisible();
  await expect(draftOf(id)).rejects.toThrow('404');
});

test('steps are added, moved, copied, renamed and removed in the outline, and undo takes all of it back', async () => {
  const id = await workflow(nameOf('outline'));
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  const items = outline(page).getByRole('treeitem');
  await expect(items).toHaveCount(3);
  await expect(page.getByRole('group', { name: /Step again/ })).toBeVisible();
  await expectAccessible(page);

  await outline(page).focus();
  for (const key of ['End', 'Alt+ArrowUp', 'Control+d']) await page.keyboard.press(key);
  await expect(items).toHaveCount(4);
  await expect(items.nth(2)).toContainText('again_2');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await expect(page.getByRole('combobox', { name: 'Runs after' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Step id' }).fill('third');
  await page.keyboard.press('Enter');
  await expect(items.nth(2)).toContainText('third');
  await expectAccessible(page);
  await outline(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Delete');
  await expect(items).toHaveCount(3);
  await expect(draftState(page)).toHaveText('Saved');
  expect((await draftOf(id)).steps.map((step: { id: string }) => step.id)).toEqual(['again', 'third']);

  for (let count = 0; count < 4; count += 1) await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  await expect(draftState(page)).toHaveText('Saved');
  expect((await draftOf(id)).steps.map((step: { id: string }) => step.id)).toEqual(['shape', 'again']);
});

test('the second of two editors is told, and nothing is overwritten before a choice', async () => {
  const id = await workflow(nameOf('two'));
  const first = await openApp({ path: `/workflows/${id}/edit?dialog=settings` });
  const second = await openApp({ path: `/workflows/${id}/edit?dialog=settings` });
  await expect(second.page.getByRole('textbox', { name: 'Description' })).toBeVisible();
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

test('an integer beyond 2^53 is shown as its digits, and stays the same number in a draft and its samples', async () => {
  const [big, other] = ['9007199254740993', '9007199254740995'];
  const id = await workflow(nameOf('digits'));
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  const headers = { origin: new URL(page.url()).origin, 'content-type': 'application/json' };
  const put = (path: string, data: string) => page.request.put(`/v1/workflows/${id}/draft${path}`, { data, headers });
  const textOf = async (path: string) => {
    const accept = 'application/json;IEEE754Compatible=false';
    return (await page.request.get(`/v1/workflows/${id}/draft${path}`, { headers: { accept } })).text();
  };
  const steps = `[{"id":"shape","action":"core.transform","input":{"value":{"n":${big}}}},{"id":"again","action":"core.transform","input":{"value":"{{ steps.shape.output.n }}"}}]`;
  await put(
    '',
    `{"name":"${nameOf('digits')}","trigger":{"id":"core.manual"},"variables":{"v":${big}},"steps":${steps}}`,
  );
  await put('/samples/shape', `{"value":{"n":${big}}}`);
  await page.reload();

  await outline(page).getByRole('treeitem', { name: /again/ }).click();
  await expect(page.getByRole('status', { name: /^Result of/ })).toHaveText(`With samples: number ${big}`);
  await outline(page).getByRole('treeitem', { name: /shape/ }).click();
  await page.getByRole('tab', { name: 'Input' }).click();
  const input = page.getByRole('textbox', { name: 'Value' });
  await expect(input).toHaveValue(new RegExp(`"n": ${big}`));
  await input.fill(`{"n": ${other}}`);

  await expect.poll(() => textOf('')).toContain(`"value":{"n":${other}}`);
  expect(await textOf('')).toContain(`"variables":{"v":${big}}`);
  await page.getByRole('tab', { name: 'Test' }).click();
  await expect(page.getByRole('region', { name: 'Sample data' })).toContainText(`"n": ${big}`);
});

test('a workflow of the API with what the app would not make is shown and kept', async () => {
  const id = await workflow(nameOf('odd'));
  const odd = {
    name: nameOf('odd'),
    later: { x: 1 },
    trigger: { id: 'core.manual', color: 'red' },
    steps: [
      { id: 'gone', action: 'old.gone', input: { a: 1 }, note: '<b>x</b>' },
      { action: 'core.transform', needs: ['nobody'] },
      7,
    ],
  };
  await api('PUT', `/v1/workflows/${id}/draft`, odd);
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  await expect(outline(page).getByRole('treeitem')).toHaveCount(3);

  await outline(page).getByRole('treeitem', { name: /gone/ }).click();
  await expect(page.getByText('is not among the connectors').first()).toBeVisible();
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByText(/\d+ errors/).first()).toBeVisible();
  await expectAccessible(page);
  await page.evaluate<void>(
    `navigator.clipboard; const data = new DataTransfer(); data.setData('text/plain', 'garbage {');
     document.querySelector('[role=tree]').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))`,
  );
  await expect(page.getByRole('status', { name: 'What happened' })).toContainText('not JSON');
  await page.getByRole('button', { name: 'Add step', exact: true }).click();
  await page.getByRole('dialog').getByRole('searchbox').fill('core.approve');
  await page.getByRole('dialog').getByRole('option').first().click();
  await expect(draftState(page)).toHaveText('Saved');

  const saved = await draftOf(id);
  expect(saved).toMatchObject({ later: { x: 1 }, trigger: { color: 'red' } });
  expect(saved.steps[0]).toEqual(odd.steps[0]);
  expect(saved.steps).toContain(7);
});

test('a step is tested with samples, and the draft runs once without being published', async () => {
  const id = await workflow(nameOf('tested'));
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=shape&tab=settings` });
  await page.getByRole('textbox', { name: 'Step id' }).fill('first');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Test' }).click();
  await expect(page.getByText('What happens outside')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Test step' }).click();
  const result = page.getByRole('region', { name: 'Result of the test' });
  await expect(result).toContainText('Succeeded', { timeout: 15_000 });
  await result.getByRole('button', { name: 'Pin as sample' }).click();
  await expect(result).toContainText('Pinned');
  expect((await api('GET', `/v1/workflows/${id}/draft/samples/first`)).value).toEqual({ value: { n: 7 } });
  await page.getByRole('button', { name: 'Run draft' }).click();
  await page.getByRole('dialog', { name: 'Run the draft once' }).getByRole('button', { name: 'Run once' }).click();

  await expect(page.getByRole('status', { name: 'State of the run' })).toHaveText('Succeeded', { timeout: 15_000 });
  expect((await api('GET', `/v1/workflows/${id}`)).version).toBe(1);
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

test('a schedule and a loop of the guide are built in the forms, and give its JSON', async () => {
  const name = nameOf('regions');
  const id = await workflow(name, { steps: [], publish: false });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=@trigger` });
  const regions = guideWorkflow('regions', { regions: name });
  const add = async () => {
    await page.getByRole('button', { name: 'Add step', exact: true }).click();
    await page.getByRole('dialog').getByRole('searchbox').fill('core.transform');
    await page.getByRole('dialog').getByRole('option').first().click();
  };
  const replace = async (field: string, text: string) => {
    await page.getByRole('textbox', { name: field, exact: true }).click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
  };
  await page.getByRole('button', { name: 'Choose trigger' }).click();
  await page.getByRole('dialog').getByRole('searchbox').fill('core.schedule');
  await page.getByRole('dialog').getByRole('option').first().click();
  await page.getByRole('combobox', { name: 'Runs' }).selectOption('cron');
  await replace('Cron', regions.trigger.schedule.cron);
  await page.getByRole('combobox', { name: 'Time zone' }).selectOption(regions.trigger.schedule.time_zone);
  await add();
  await replace('Value', JSON.stringify(regions.steps[0].input.value));
  await add();
  await page.getByRole('button', { name: /^Expression for/ }).click();
  await replace('Value', regions.steps[1].input.value);
  await page.getByRole('tab', { name: 'Settings' }).click();
  await replace('Items', 'steps.transform.output.value');
  await replace('Items at once', '2');
  await replace('Time limit (seconds)', '60');

  await expect(draftState(page)).toHaveText('Saved');
  expect(await draftOf(id)).toEqual(regions);
});

test('a schedule says its times, and a phone has everything in the outline', async () => {
  const steps = [{ id: 'shape', action: 'core.transform', input: { value: 1 } }];
  const trigger = { id: 'core.schedule', schedule: { cron: '0 6 * * 1-5', time_zone: 'Europe/Berlin' } };
  const id = await workflow(nameOf('phone'), { trigger, steps, enabled: false });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=@trigger`, width: 390 });

  await expect(page.getByText(/At 06:00/)).toBeVisible();
  await expect(page.getByRole('list', { name: 'Next times' }).getByRole('listitem')).toHaveCount(5);
  await expect(outline(page).getByRole('treeitem')).toHaveCount(2);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await expectAccessible(page);
});

test('a viewer sees the workflow and no button that changes it', async () => {
  const id = await workflow(nameOf('viewed'));
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=shape`, role: 'viewer' });
  await expect(outline(page).getByRole('treeitem')).toHaveCount(3);

  for (const name of ['Add step', 'Publish', 'Run draft', 'Check', 'Remove', 'Test step'])
    await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0);
  await expect(page.getByText('you need the role builder. Yours is viewer')).toBeVisible();
});
