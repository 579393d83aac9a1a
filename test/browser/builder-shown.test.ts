import { expect } from '@playwright/test';
import { test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';
import { draftOf, draftState, nameOf, outline, workflow } from './builder-page.ts';

closeBrowserAfterAll();

test('every node and edge of the graph has a name that says what it is', async () => {
  const transform = (id: string, more: object = {}) => ({
    id,
    action: 'core.transform',
    input: { value: 1 },
    ...more,
  });
  const id = await workflow(nameOf('named'), {
    publish: false,
    steps: [
      { id: 'ask', action: 'core.approve', input: {} },
      transform('each', {
        if: '{{ 1 = 1 }}',
        for_each: { items: '{{ [1, 2] }}' },
        retry: { times: 1 },
        on_error: { then: 'continue', steps: [transform('tell')] },
      }),
      { id: 'other', action: 'core.run_workflow', input: {}, needs: ['ask'] },
      transform('join', { needs: ['each', 'other'] }),
    ],
    on_failure: { steps: [transform('report')] },
  });
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  const named = (kind: string) =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll('.react-flow__${kind}')]
        .map((each) => each.getAttribute('role') + ': ' + each.getAttribute('aria-label')).sort()`,
    );
  await expect
    .poll(() => named('node'), { timeout: 20_000 })
    .toEqual([
      'group: If the run fails',
      'group: Step ask, core.approve, approval',
      'group: Step each, core.transform, if, loop, retry, continues on error',
      'group: Step join, core.transform',
      'group: Step other, core.run_workflow, sub-workflow',
      'group: Step report, core.transform',
      'group: Step tell, core.transform',
      'group: Trigger',
    ]);
  await expect
    .poll(() => named('edge'))
    .toEqual([
      'img: ask runs after the trigger',
      'img: each runs after ask',
      'img: join runs after each',
      'img: join runs after other',
      'img: other runs after ask',
      'img: report runs if the run fails',
      'img: tell runs if each fails',
    ]);
  for (const name of [
    /^Trigger/,
    /^ask.*approval/,
    /^each.*if.*loop.*retry.*continues on error/,
    /^tell.*if each fails/,
    /^other.*sub-workflow/,
    /^join/,
    /^report.*if the run fails/,
  ])
    await expect(outline(page).getByRole('treeitem', { name })).toHaveCount(1);
});

test('the help of functions has examples on the data of the step, and what they give', async () => {
  const id = await workflow(nameOf('functions'), { publish: false });
  const value = { value: { rows: [{ total: 3 }, { total: 4 }] } };
  await api('PUT', `/v1/workflows/${id}/draft/samples/shape`, { value });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=again` });
  await page.getByText('Data and functions', { exact: true }).click();
  await page.getByText('Functions', { exact: true }).click();
  const functions = page.getByRole('region', { name: 'Functions' }).getByRole('listitem');
  await expect(functions).toHaveCount(20);
  const sum = functions.filter({ hasText: 'The sum of numbers.' });

  await expect(sum).toContainText('$sum(steps.shape.output.value.rows.total)');
  await expect(sum).toContainText('gives 7');
  await expect(functions.filter({ hasText: 'gives' })).toHaveCount(20);
  await expectAccessible(page);
});

test('SQL completes catalogs, schemas, tables, columns and parameters of the account', async () => {
  const input = { statement: '', parameters: [{ name: 'least', value: '5' }] };
  const id = await workflow(nameOf('sql'), {
    publish: false,
    steps: [{ id: 'query', action: 'databricks.execute_statement', linked_account: 'demo', input }],
  });
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=query` });
  const option = (name: RegExp) => page.getByRole('option', { name });
  await page.getByRole('textbox', { name: 'Statement' }).click();
  for (const [typed, offered] of [
    ['SELECT * FROM ma', /^main catalog/],
    ['in.def', /^default schema/],
    ['ault.fligh', /^flights table/],
    ['ts WHERE flight_i', /^flight_id /],
    ['d > :le', /^least parameter/],
  ] as const) {
    await page.keyboard.type(typed);
    await expect(option(offered)).toBeVisible({ timeout: 15_000 });
  }
  await page.keyboard.press('Enter');
  const statement = page.getByRole('textbox', { name: 'Statement' });
  await expect(statement).toHaveText('SELECT * FROM main.default.flights WHERE flight_id > :least');
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
  const first = { id: 'gone', action: 'old.gone', input: { a: 1 }, note: '<b>x</b>' };
  const odd = {
    name: nameOf('odd'),
    later: { x: 1 },
    trigger: { id: 'core.manual', color: 'red' },
    steps: [first, { action: 'core.transform', needs: ['nobody'] }, 7],
  };
  await api('PUT', `/v1/workflows/${id}/draft`, odd);
  const { page } = await openApp({ path: `/workflows/${id}/edit` });
  await expect(outline(page).getByRole('treeitem')).toHaveCount(3);

  await outline(page).getByRole('treeitem', { name: /gone/ }).click();
  await expect(page.getByText('is not among the connectors').first()).toBeVisible();
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByText(/\d+ errors/).first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: /› id$/ }).click();
  await expect(page.getByRole('textbox', { name: 'Step id' })).toBeFocused();
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
  expect(saved.steps[0]).toEqual(first);
  expect(saved.steps).toContain(7);

  await outline(page).getByRole('treeitem', { name: /gone/ }).click();
  await page.getByRole('button', { name: 'Change action' }).click();
  await page.getByRole('dialog').getByRole('searchbox').fill('core.transform');
  await page.getByRole('dialog').getByRole('option').first().click();
  await expect.poll(async () => (await draftOf(id)).steps[0]).toEqual({ ...first, action: 'core.transform' });
  await page.getByRole('button', { name: /gone › note/ }).click();
  await expect(page.getByRole('button', { name: 'Remove note' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^later/ }).click();
  await page.getByRole('button', { name: 'Remove later' }).press('Enter');
  await page.getByRole('button', { name: /^Remove steps/ }).press('Enter');
  await expect.poll(async () => (await draftOf(id)).steps.length).toBe(3);
  expect(await draftOf(id)).toEqual({
    ...odd,
    later: undefined,
    steps: [{ id: 'gone', action: 'core.transform', input: { a: 1 } }, ...saved.steps.slice(1, 3)],
  });
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

  await outline(page)
    .getByRole('treeitem', { name: /^shape/ })
    .click();
  const type = async (text: string) => {
    await page.getByRole('textbox', { name: 'Value', exact: true }).click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
  };
  // What is no value would not be published, and it is said.
  await type('{"n": ');
  await page.getByRole('button', { name: 'Publish' }).click();
  const publish = page.getByRole('dialog', { name: 'Publish' });
  await expect(publish.getByText('What is typed here is no value')).toContainText('shape › input › value');
  await publish.getByRole('button', { name: 'Close' }).click();
  const dialog = page.waitForEvent('dialog');
  await page.evaluate('void setTimeout(() => location.reload())');
  const asked = await dialog;
  expect(asked.type()).toBe('beforeunload');
  await asked.dismiss();
  await expect(page.getByRole('textbox', { name: 'Value', exact: true })).toHaveValue('{"n": ');
  await type('2');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('textbox', { name: 'Time limit (seconds)' }).fill('60');
  await expect(draftState(page)).toHaveText('Saved');
  expect((await draftOf(id)).steps).toEqual([
    { id: 'shape', action: 'core.transform', input: { value: 2 }, on_error: 'stop', timeout_seconds: 60 },
  ]);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});

test('a viewer sees the workflow and no button that changes it', async () => {
  const id = await workflow(nameOf('viewed'));
  const { page } = await openApp({ path: `/workflows/${id}/edit?step=shape`, role: 'viewer' });
  await expect(outline(page).getByRole('treeitem')).toHaveCount(3);

  for (const name of ['Add step', 'Publish', 'Run draft', 'Check', 'Remove', 'Test step'])
    await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0);
  await expect(page.getByText('you need the role builder. Yours is viewer')).toBeVisible();
});
