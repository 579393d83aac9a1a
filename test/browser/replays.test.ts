import { expect, type Page } from '@playwright/test';
import { test } from 'vitest';
import { until } from '../context.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;

/** A workflow whose second step has an effect and whose last one fails, and its runs, which have ended. */
async function failedRuns(name: string, count = 1): Promise<string[]> {
  const statement = (text: string) => ({
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { statement: text },
  });
  await api('POST', '/v1/workflows', {
    name,
    trigger: { id: 'core.manual' },
    enabled: true,
    steps: [
      { id: 'shape', action: 'core.transform', input: { value: { n: 7 } } },
      { id: 'send', needs: ['shape'], ...statement('SELECT 1') },
      { id: 'stop', needs: ['send'], ...statement('SELECT * FROM main.default.not_there') },
    ],
  });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const { id } = await api('POST', `/v1/workflows/${encodeURIComponent(name)}/run`, { input: { id: i } });
    await until('it has ended', async () => (await api('GET', `/v1/runs/${id}`)).finished_at !== undefined);
    ids.push(id);
  }
  return ids;
}

const outside = (page: Page) => page.getByRole('region', { name: 'What happens outside' });

test('an operator reads what a replay does, and another replay in between is told', async () => {
  const [id] = await failedRuns(nameOf('replayed'));
  const { page } = await openApp({ path: `/runs/${id}`, role: 'operator' });
  await expect(page.getByRole('region', { name: 'Next' }).getByRole('button', { name: 'Replay…' })).toBeVisible();
  // Beside the title too.
  await expect(page.getByRole('button', { name: 'Replay…', exact: true })).toHaveCount(2);

  await page.keyboard.press('r');
  await expect(page.getByRole('heading', { level: 1, name: 'Replay run' })).toBeVisible();
  const what = page.getByRole('radiogroup', { name: 'What to run' });
  await expect(what.getByRole('radio', { name: 'Failed steps' })).toBeChecked();
  await expect(outside(page)).toContainText('One effect happens a second time.');
  await expect(page.getByRole('region', { name: 'Steps' }).getByRole('listitem')).toContainText([
    /Reuses output.*shape/,
    /Reuses output.*send/,
    /Runs.*stop/,
  ]);
  await expect(page.getByRole('button', { name: 'Replay 1 step' })).toBeVisible();
  await expectAccessible(page);

  await what.getByRole('radio', { name: 'All steps' }).check();
  await expect(outside(page)).toContainText('2 effects happen a second time.');
  await expect(page).toHaveURL(/what=start/);
  await what.getByRole('radio', { name: 'From a step' }).check();
  await page.getByRole('combobox', { name: 'Step' }).selectOption('send');
  await expect(page.getByRole('button', { name: 'Replay 2 steps' })).toBeEnabled();

  const replay = await api('POST', `/v1/runs/${id}/replay`, { from: 'failed' });
  await page.getByRole('button', { name: 'Replay 2 steps' }).click();
  await expect(page.getByRole('alert')).toContainText('Nothing was replayed.');
  await expect(page.getByRole('alert')).toContainText(replay.id);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(outside(page)).toContainText('was replayed already');
  await page.getByRole('button', { name: 'Replay 2 steps' }).click();

  await expect(page.getByRole('link', { name: `Replay of ${id}` })).toBeVisible();
});

test('an edited input is sent with all of its digits, and errors stand at the field', async () => {
  const [id] = await failedRuns(nameOf('edited'));
  const { page } = await openApp({ path: `/runs/${id}/replay?what=start` });
  await page.getByRole('radiogroup', { name: 'With which input' }).getByRole('radio', { name: 'Edited' }).check();
  const input = page.getByRole('textbox', { name: 'Input' });
  await expect(input).toHaveValue(/"id": 0/);

  await input.fill('{"id": ');
  await expect(page.getByText('It is not JSON')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Replay 3 steps' })).toBeDisabled();
  await input.fill('{"id": "[secret]"}');
  await expect(page.getByText('A secret is not shown here.')).toBeVisible();
  await input.fill('{"id": 12345678901234567890}');
  await expect(page.getByRole('region', { name: 'What is different' })).toContainText('/id changed');
  await page.getByRole('button', { name: 'Replay 3 steps' }).click();

  await expect(page.getByRole('link', { name: `Replay of ${id}` })).toBeVisible();
  const { pathname } = new URL(page.url());
  const made = await page.request.get(`/v1/runs/${pathname.split('/').at(-1)}`, {
    headers: { accept: 'application/json;IEEE754Compatible=false' },
  });
  expect(await made.text()).toContain('"input":{"id":12345678901234567890}');
});

test('selected runs, and all that match, are replayed together, with progress and the runs that it made', async () => {
  const name = nameOf('bulk');
  await failedRuns(name, 3);
  const { page } = await openApp({ path: `/runs?workflow=${encodeURIComponent(name)}` });
  await expect(page.getByRole('grid', { name: 'Runs' }).getByRole('row')).toHaveCount(4);

  for (const key of ['j', 'x', 'r']) await page.keyboard.press(key);
  await expect(page.getByRole('heading', { level: 1, name: 'Replay runs' })).toBeVisible();
  await expect(outside(page)).toContainText('databricks.execute_statement × 1');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Replay 1 run' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Replay', exact: true })).toBeVisible();
  await expect(page.getByText('1 of 1 replayed')).toBeVisible({ timeout: 15_000 });
  await expectAccessible(page);

  await page.goto(`/app/runs?workflow=${encodeURIComponent(name)}&status=failed`);
  await page.getByRole('checkbox', { name: 'Select all rows that are loaded' }).check();
  await page.getByRole('button', { name: /^All \d that match$/ }).click();
  await page.getByRole('button', { name: 'Replay…', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Which runs' })).toContainText(name);
  await page.getByRole('button', { name: /^Replay \d runs$/ }).click();
  await expect(page.getByText('Done')).toBeVisible({ timeout: 15_000 });
  await page.reload();

  await expect(page.getByRole('grid', { name: 'Runs that it made' }).getByRole('row').nth(2)).toBeVisible();
});

test('a viewer may not replay, and the page fits a phone', async () => {
  const [id] = await failedRuns(nameOf('viewed'));
  const viewer = await openApp({ path: `/runs/${id}`, role: 'viewer' });
  await expect(viewer.page.getByRole('tab', { name: 'Log' })).toBeVisible();
  await expect(viewer.page.getByRole('button', { name: 'Replay…', exact: true })).toHaveCount(0);

  const { page } = await openApp({ path: `/runs/${id}/replay`, width: 390 });
  await expect(page.getByRole('button', { name: 'Replay 1 step' })).toBeVisible();

  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});
