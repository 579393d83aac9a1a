import { mkdirSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { inject, test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

let names = 0;
const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;
const STEPS = [{ id: 'shape', action: 'core.transform', input: { value: '{{ $count(trigger.rows) }}' } }];
const sample = (id: string) => api('GET', `/v1/workflows/${id}/draft/samples/trigger`);
const shots = process.env.PENSTOCK_SHOTS;

async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
}

/** A table of the demo's workspace, in the order of `at`. */
async function table(rows: string): Promise<{ name: string; warehouse: string; account: string }> {
  const { trigger } = await api('GET', '/v1/workflows/new-flights');
  const warehouse = trigger.input.warehouse_id;
  const name = `main.default.preview_${process.pid}_${++names}`;
  for (const statement of [
    `CREATE TABLE ${name} (id BIGINT, at TIMESTAMP, note STRING)`,
    ...(rows === '' ? [] : [`INSERT INTO ${name} ${rows}`]),
  ]) {
    const response = await fetch(`${inject('appUrl')}/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${inject('appKey')}`, 'content-type': 'application/json', prefer: 'wait=30' },
      body: JSON.stringify({
        action: 'databricks.execute_statement',
        linked_account: trigger.linked_account,
        input: { warehouse_id: warehouse, statement },
      }),
    });
    expect(await response.json()).toMatchObject({ status: 'succeeded' });
  }
  return { name, warehouse, account: trigger.linked_account };
}

async function workflow(trigger: object, more: object = {}): Promise<string> {
  const body = { name: nameOf('trigger'), trigger, steps: STEPS, publish: false, ...more };
  return (await api('POST', '/v1/workflows', body)).id;
}

test('rows that would come are previewed, counted and used as the sample; failures show at the field', async () => {
  const { name, warehouse, account } = await table(
    "SELECT n, timestampadd(SECOND, CAST(n AS INT), TIMESTAMP '2026-01-01 00:00:00'), CASE n WHEN 1 THEN NULL WHEN 2 THEN repeat('long ', 100) ELSE '<b>note</b>' END FROM range(1, 31) AS t(n)",
  );
  const input = { warehouse_id: warehouse, table: name, cursor_column: 'at', key_column: 'id' };
  const id = await workflow({ id: 'databricks.incremental_sync', linked_account: account, input });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=@trigger` });
  const preview = page.getByRole('region', { name: 'Preview', exact: true });
  const result = preview.getByRole('status', { name: 'Result of the preview' });

  await preview.getByRole('button', { name: 'Preview rows' }).click();
  await expect(result).toHaveText('30 rows would come from the start by at (TIMESTAMP).', { timeout: 20_000 });
  const rows = preview.getByRole('region', { name: 'Rows of the preview' }).getByRole('row');
  await expect(rows).toHaveCount(21);
  await expect(rows.nth(0)).toHaveText(/id BIGINT.*at TIMESTAMP.*note STRING/);
  await expect(rows.nth(1).getByRole('cell').nth(2)).toHaveText('null');
  await expect(rows.nth(2).getByRole('cell').nth(2)).toHaveText(/…\s*500 characters/);
  await expect(rows.nth(3).getByRole('cell').nth(2)).toHaveText('<b>note</b>');
  await preview.getByText('Request to the service').click();
  await expect(preview.getByRole('region', { name: 'Statement' })).toContainText('ORDER BY `at`');
  await expect(preview.getByText(name.split('.')[2]!)).toBeVisible();
  await expectAccessible(page);
  await shoot(page, 'preview-1440');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, 'preview-1440-dark');

  await preview.getByRole('button', { name: 'Use as sample' }).press('Enter');
  await expect(preview.getByText('is now the sample of the trigger')).toBeVisible({ timeout: 20_000 });
  expect((await sample(id)).value).toMatchObject({ events: [{ data: { id: '1', note: null } }], rows: [{ id: '1' }] });
  expect((await api('GET', `/v1/workflows/${id}/draft`)).samples).toEqual(['trigger']);

  // A column that is not there: the words of the service, at its field; then a table without rows.
  const column = page
    .getByRole('combobox', { name: 'Cursor column' })
    .or(page.getByRole('textbox', { name: 'Cursor column' }));
  await column.first().fill('updated_att');
  await page.keyboard.press('Escape');
  await preview.getByRole('button', { name: 'Preview rows' }).press('Enter');
  await expect(preview.getByRole('alert')).toContainText('updated_att', { timeout: 20_000 });
  await expect(preview.getByRole('alert')).toContainText('Fields: cursor_column');
  await expect(column.first()).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page);
  await shoot(page, 'preview-failed-1440');
  const empty = await table('');
  await column.first().fill('at');
  await page.keyboard.press('Escape');
  const tableField = page
    .getByRole('combobox', { name: 'Table or view' })
    .or(page.getByRole('textbox', { name: 'Table or view' }));
  await tableField.first().fill(empty.name);
  await page.keyboard.press('Escape');
  await preview.getByRole('button', { name: 'Preview rows' }).click();
  await expect(result).toHaveText(/^No new rows from the start/, { timeout: 20_000 });
  await expect(column.first()).not.toHaveAttribute('aria-invalid', 'true');
});

test('a trigger that starts from now on says so; from a cursor, only what is after it comes; a viewer cannot preview', async () => {
  const { name, warehouse, account } = await table(
    "VALUES (1, TIMESTAMP '2026-01-01 00:00:01', 'a'), (2, TIMESTAMP '2026-01-01 00:00:02', 'b')",
  );
  const input = { warehouse_id: warehouse, table: name, cursor_column: 'at', key_column: 'id', start: 'now' };
  const trigger = { id: 'databricks.incremental_sync', linked_account: account, input };
  const id = await workflow(trigger, { publish: true, enabled: false });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=@trigger`, width: 390 });
  const preview = page.getByRole('region', { name: 'Preview', exact: true });
  const result = preview.getByRole('status', { name: 'Result of the preview' });

  await preview.getByRole('button', { name: 'Preview rows' }).click();
  await expect(preview.getByText('Rows that are there already are not delivered.')).toBeVisible({ timeout: 20_000 });
  await preview.getByRole('button', { name: 'Preview existing rows' }).click();
  await expect(result).toHaveText(/^2 rows would come from the start/, { timeout: 20_000 });
  await expect(preview.getByText('will not be delivered')).toBeVisible();
  await expectAccessible(page);
  await preview.scrollIntoViewIfNeeded();
  await shoot(page, 'preview-390');
  await api('PUT', `/v1/workflows/${id}/cursor`, { value: '2026-01-01T00:00:01Z', key: '1' });
  await preview.getByRole('combobox', { name: 'Preview from' }).selectOption('The cursor of this workflow');
  await preview.getByRole('button', { name: 'Preview rows' }).click();
  await expect(result).toHaveText(/^1 row would come after 2026-01-01T00:00:01\S*, key 1/, { timeout: 20_000 });

  const viewer = await openApp({ path: `/workflows/${id}/edit?step=@trigger`, role: 'viewer' });
  await expect(viewer.page.getByRole('heading', { name: 'Trigger', level: 2 })).toBeVisible();
  await expect(viewer.page.getByText('Incremental Sync').first()).toBeVisible();
  await expect(viewer.page.getByRole('button', { name: 'Preview rows' })).toHaveCount(0);
});

test('a webhook is tested before it is published; what arrived becomes the sample; a run starts only when it is chosen', async () => {
  const steps = [{ id: 'shape', action: 'core.transform', input: { value: '{{ trigger.body }}' } }];
  const id = await workflow({ id: 'core.incoming_webhook' }, { steps });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=@trigger` });
  const tests = page.getByRole('region', { name: 'Test events' });
  const last = page.getByRole('region', { name: 'Last event' });
  const body = tests.getByRole('textbox', { name: 'Body of the test as JSON' });

  await expect(last).toContainText('Nothing has arrived yet', { timeout: 20_000 });
  await expect(page.getByText(/hooks\/wf_/)).toHaveCount(0);
  await body.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"order": 9007199254740993, "who": "<i>me</i>"}');
  await tests.getByRole('button', { name: 'Send test (starts no run)' }).press('Enter');
  await expect(tests.getByRole('status', { name: 'Result of the test' })).toHaveText(
    'The event is recorded. No run was started.',
  );
  await expect(last).toContainText('9007199254740993');
  await expect(last).toContainText('A test, which started no run');
  await expect(tests.getByRole('button', { name: /^Send and start a run/ })).toHaveCount(0);
  await last.getByRole('button', { name: 'Use what arrived as sample data' }).click();
  await expect(last.getByText('What arrived is now the sample')).toBeVisible();
  expect((await sample(id)).value.body.who).toBe('<i>me</i>');

  // From outside, by the URL that is shown when it is asked for.
  await tests.getByRole('button', { name: 'Show URL for tests' }).click();
  const curl = tests.getByRole('region', { name: 'curl for URL for tests' });
  await expect(curl).toContainText(/curl -X POST 'http\S+\/hooks\/wf_\S+\/test'/);
  const url = /'(http[^']+)'/.exec((await curl.textContent()) ?? '')![1]!;
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-own-secret': 's3cr3t' },
    body: '{"from": "outside"}',
  });
  await expect(last).toContainText('outside', { timeout: 15_000 });
  await expect(last).not.toContainText('s3cr3t');
  expect((await api('GET', `/v1/runs?workflow=${id}`)).items).toEqual([]);
  await expectAccessible(page);
  await shoot(page, 'webhook-1440');
  await page.setViewportSize({ width: 390, height: 900 });
  await expectAccessible(page);
  await shoot(page, 'webhook-390');
  await page.setViewportSize({ width: 1440, height: 900 });

  await api('POST', `/v1/workflows/${id}/draft/publish`);
  await api('POST', `/v1/workflows/${id}/enable`);
  await page.reload();
  await page.getByRole('button', { name: 'Show URL for incoming webhooks' }).click();
  await expect(page.getByRole('group', { name: 'URL for incoming webhooks' })).toContainText('/hooks/wf_');
  await tests.getByRole('button', { name: 'Send and start a run of version 1' }).click();
  await expect(tests.getByRole('status', { name: 'Result of the test' })).toContainText('A run was started.');
  await expect(last).toContainText('Started a run');
  expect((await api('GET', `/v1/runs?workflow=${id}`)).items).toHaveLength(1);
});

test('a webhook of a service shows what it sends and whether it is registered; a schedule its next five times', async () => {
  const github = await workflow({ id: 'github.push', input: { secret: 'a-long-random-text' } });
  const { page } = await openApp({ path: `/workflows/${github}/edit?step=@trigger` });
  const service = page.getByRole('region', { name: 'Service' });

  await expect(service).toContainText('No webhook is registered');
  await service.getByText('What the service sends').click();
  await expect(service).toContainText('octocat/hello-world');
  await service.getByRole('button', { name: 'Use example as sample' }).click();
  await expect(service.getByText('The example is now the sample')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Last event' })).toContainText('Nothing has arrived yet');
  await expectAccessible(page);
  await shoot(page, 'github-1440');

  const schedule = { cron: '30 2 * * *', time_zone: 'Europe/Berlin' };
  const id = await workflow({ id: 'core.schedule', schedule });
  // The page goes by the clock of the service, which each answer says.
  const now = new Date('2026-03-27T12:00:00Z');
  await page.clock.install({ time: now });
  // A stream has no end that could be waited for.
  await page.route(/\/v1\/(?!runs\/events)/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), date: now.toUTCString() } });
  });
  await page.goto(`/app/workflows/${id}/edit?step=@trigger`);
  await expect(page.getByText('At 02:30')).toBeVisible();
  const times = page.getByRole('list', { name: 'Next times' }).getByRole('listitem');
  await expect(times).toHaveText([/02:30|2:30/, /03:00|3:00/, /02:30|2:30/, /02:30|2:30/, /02:30|2:30/]);
  await page.getByRole('combobox', { name: 'Time zone' }).selectOption('America/New_York');
  await expect(times.first().locator('time')).toHaveAttribute('datetime', '2026-03-28T06:30:00.000Z');
});
