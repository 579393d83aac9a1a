import { createServer } from 'node:http';
import { expect, type Page } from '@playwright/test';
import { inject, onTestFinished, test } from 'vitest';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';

closeBrowserAfterAll();

const ROWS = {
  rows: [
    { id: 1, total: 4 },
    { id: 2, total: 40 },
    { id: 3, total: 400 },
  ],
};
const draftState = (page: Page) => page.getByRole('status', { name: 'Draft' });
const outline = (page: Page) => page.getByRole('tree', { name: 'Outline' });
const result = (page: Page, of: string) => page.getByRole('status', { name: `Result of ${of}` });

/** Where messages and issues go: everything below /wrong is refused. */
async function startEndpoint(): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const isRefused = request.url?.startsWith('/wrong') === true;
    if (!isRefused) bodies.push(`${request.url} ${body}`);
    response.writeHead(isRefused ? 400 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(inject('receiverPort'), '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${inject('receiverPort')}`, bodies };
}

/** What a person does in one way, by mouse or by keyboard. */
interface Driver {
  press(role: 'button' | 'link' | 'tab' | 'radio', name: string | RegExp): Promise<void>;
  /** Replaces what a field has. */
  type(name: string | RegExp, text: string): Promise<void>;
  select(step: RegExp): Promise<void>;
  choose(action: string): Promise<void>;
}

function mouse(page: Page): Driver {
  return {
    press: (role, name) =>
      page
        .getByRole(role, { name, exact: typeof name === 'string' })
        .first()
        .click(),
    async type(name, text) {
      await page.getByRole('textbox', { name, exact: typeof name === 'string' }).click();
      await page.keyboard.press('Control+a');
      await page.keyboard.insertText(text);
    },
    select: (step) => outline(page).getByRole('treeitem', { name: step }).click(),
    async choose(action) {
      await page.getByRole('dialog').getByRole('searchbox').fill(action);
      await page.getByRole('dialog').getByRole('option').first().click();
    },
  };
}

function keyboard(page: Page): Driver {
  const tabTo = async (role: 'button' | 'link' | 'tab' | 'radio' | 'textbox' | 'tree', name: string | RegExp) => {
    const target = page.getByRole(role, { name, exact: typeof name === 'string' }).first();
    await expect(target).toBeVisible();
    for (let count = 0; count < 120; count += 1) {
      if ((await target.and(page.locator(':focus')).count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${role} ${name}`);
  };
  return {
    async press(role, name) {
      // One of several tabs or radio buttons is reached by Tab, the others by arrows.
      if (role === 'tab' || role === 'radio') {
        const target = page.getByRole(role, { name, exact: typeof name === 'string' }).first();
        await expect(target).toBeVisible();
        const within = role === 'tab' ? '@role="tablist"' : 'self::fieldset or @role="radiogroup"';
        const group = target.locator(`xpath=ancestor::*[${within}][1]`);
        for (let count = 0; count < 120 && (await group.locator(':focus').count()) === 0; count += 1)
          await page.keyboard.press('Tab');
        for (let count = 0; count < 8 && (await target.and(page.locator(':focus')).count()) === 0; count += 1)
          await page.keyboard.press('ArrowRight');
        await expect(target).toBeFocused();
        return;
      }
      await tabTo(role, name);
      await page.keyboard.press('Enter');
    },
    async type(name, text) {
      await tabTo('textbox', name);
      await page.keyboard.press('Control+a');
      await page.keyboard.insertText(text);
    },
    async select(step) {
      await tabTo('tree', 'Outline');
      await page.keyboard.press('Home');
      const rows = await outline(page).getByRole('treeitem').allTextContents();
      for (let at = rows.findIndex((row) => step.test(row)); at > 0; at -= 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    },
    async choose(action) {
      await page.keyboard.type(action);
      await expect(page.getByRole('dialog').getByRole('option')).toHaveCount(1);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    },
  };
}

test.each([
  ['mouse', mouse],
  ['keyboard', keyboard],
])(
  'by %s: rows over a threshold become a message, a failure an issue; tested, published, failed, fixed, replayed',
  async (way, handOf) => {
    const { url, bodies } = await startEndpoint();
    const name = `journey ${way} ${process.pid}-${Date.now()}`;
    const { page } = await openApp({ path: '/workflows' });
    const { press, type, select, choose } = handOf(page);

    // From nothing: what starts it stays the manual trigger, with sample data.
    await press('link', 'New workflow');
    await type('Name', name);
    await press('button', 'Create workflow');
    await expect(page.getByRole('heading', { name: 'A workflow in four acts' })).toBeVisible();
    await expectAccessible(page);
    await select(/^Trigger/);
    await press('tab', 'Test');
    await type(/^Sample of the trigger/, JSON.stringify(ROWS));
    await press('button', 'Save sample');
    await expect(page.getByText('Pinned: tests with samples')).toBeVisible();

    // Rows over a threshold, completed and seen while typing; a misspelt name is told at its place.
    await press('button', 'Add step');
    await choose('core.transform');
    await expect(page.getByRole('region', { name: 'Step transform' })).toBeVisible();
    await press('button', /^Expression for/);
    await type('Value', '{{ trigger.rowz[total > 10] }}');
    await expect(result(page, 'Value')).toContainText('nothing');
    await type('Value', '{{ triger.rows }}');
    await expect(result(page, 'Value')).toContainText('did you mean "trigger"');
    await type('Value', '{{ trigger.');
    await page.keyboard.type('ro');
    await expect(page.getByRole('option', { name: /^rows list 3 items/ })).toBeVisible();
    await page.keyboard.press('Enter');
    await page.keyboard.insertText('[total > 10] }}');
    await expect(result(page, 'Value')).toContainText('With samples: list [{"id":2');
    await expectAccessible(page);
    await press('tab', 'Test');
    await press('button', 'Test step');
    const tested = page.getByRole('region', { name: 'Result of the test' });
    await expect(tested).toContainText('Succeeded', { timeout: 20_000 });
    await press('button', 'Pin as sample');
    await expect(tested).toContainText('Pinned');

    // The message, to an address that refuses it for now, and the issue if the run fails.
    await press('button', 'Add step');
    await choose('core.webhook');
    await type('URL', `${url}/wrong`);
    await press('radio', 'Body');
    await press('button', /^Expression for Body/);
    await type('Body', '{{ {"text": $count(steps.transform.output.value) & " rows"} }}');
    await expect(result(page, 'Body')).toContainText('{"text":"2 rows"}');
    await press('button', 'Add step that runs if the run fails');
    await choose('core.webhook');
    await type('URL', `${url}/issues`);
    await press('radio', 'Body');
    await press('button', /^Expression for Body/);
    await type('Body', '{{ {"title": run.error.message} }}');
    await expect(result(page, 'Body')).toContainText('choose one under');
    await expect(draftState(page)).toHaveText('Saved');

    await press('button', 'Publish');
    await press('button', 'Publish version 1');
    await expect(page.getByText('Version 1 is published.')).toBeVisible();
    const { id } = await api('GET', `/v1/workflows/${encodeURIComponent(name)}`);
    const run = await api('POST', `/v1/workflows/${id}/run`, { input: ROWS });

    // The run comes to the drawing by itself; the failed step says why.
    await page.getByRole('combobox', { name: 'Run on the drawing' }).selectOption('newest');
    await expect(page.getByRole('status', { name: 'State of the run' })).toHaveText('Failed', { timeout: 20_000 });
    expect(bodies.filter((body) => body.startsWith('/issues'))).toHaveLength(1);
    await expect(page.getByRole('group', { name: /^Step webhook, core.webhook, Failed, .*400/ })).toBeVisible();
    await select(/^webhook(?!_)/);
    await expect(page.getByRole('region', { name: 'In the run that is shown' })).toContainText('400');
    await expectAccessible(page);

    // Fixed, published, and replayed from the failed step with the newest version.
    await press('tab', 'Input');
    await type('URL', `${url}/messages`);
    await expect(result(page, 'Body')).toContainText('With the run: object {"text":"2 rows"}');
    await expect(draftState(page)).toHaveText('Saved');
    await press('button', 'Publish');
    await press('button', 'Publish version 2');
    await expect(page.getByText('Version 2 is published.')).toBeVisible();
    await press('button', 'Replay from here');
    await expect(page.getByRole('heading', { level: 1, name: 'Replay run' })).toBeVisible();
    await press('radio', 'Newest');
    await press('button', /^Replay \d+ steps?$/);
    await expect(page).not.toHaveURL(/replay/);
    await expect
      .poll(() => bodies.filter((body) => body.startsWith('/messages')))
      .toEqual(['/messages {"text":"2 rows"}']);
    expect((await api('GET', `/v1/runs/${run.id}`)).replays).toHaveLength(1);
  },
  120_000,
);
