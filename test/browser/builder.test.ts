import { expect } from '@playwright/test';
import { test } from 'vitest';
import { guideWorkflow } from '../guide-workflows.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';
import { draftOf, draftState, nameOf, outline, workflow } from './builder-page.ts';

closeBrowserAfterAll();

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
  const { page, context } = await openApp({ path: `/workflows/${id}/edit` });
  const items = outline(page).getByRole('treeitem');
  await expect(items).toHaveCount(3);
  await expect(page.getByRole('group', { name: /Step again/ })).toBeVisible();
  await expectAccessible(page);

  await outline(page).focus();
  for (const key of ['End', 'Alt+ArrowUp', 'Control+d']) await page.keyboard.press(key);
  await expect(items).toHaveCount(4);
  await expect(items.nth(2)).toContainText('again_2');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(outline(page)).toBeFocused();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await expect(page.getByRole('combobox', { name: 'Runs after' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Step id' }).fill('third');
  // The button that renames, and out of the field.
  for (const key of ['Tab', 'Tab']) await page.keyboard.press(key);
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

  // From one window to another: what is pasted has an id of its own.
  await outline(page).focus();
  for (const key of ['End', 'Control+c']) await page.keyboard.press(key);
  await expect(page.getByRole('status', { name: 'What happened' })).toHaveText('Copied again');
  const other = await workflow(nameOf('pasted'));
  const window = await context.newPage();
  await window.goto(`/app/workflows/${other}/edit`);
  await outline(window).focus();
  for (const key of ['End', 'Control+v']) await window.keyboard.press(key);
  await expect(outline(window).getByRole('treeitem')).toHaveText([/^Trigger/, /^shape/, /^again/, /^again_2/]);
  await expect(draftState(window)).toHaveText('Saved');
  const { steps } = await draftOf(other);
  expect(steps[2]).toEqual({ ...steps[1], id: 'again_2' });
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
