import { expect, type Locator, type Page } from '@playwright/test';
import { test } from 'vitest';
import { GITHUB_TOKEN, openGitHubEmulator } from '../github-emulator.ts';
import { guideWorkflow } from '../guide-workflows.ts';
import { openSlack, TOKEN as SLACK_TOKEN } from '../services/slack/workspace.ts';
import { api, closeBrowserAfterAll, expectAccessible, openApp } from './app.ts';
import { draftState, outline } from './builder-page.ts';

closeBrowserAfterAll();

/** What the trigger would give, as a person pins it. */
const SAMPLE = {
  rows: [
    { id: '1', total: 40 },
    { id: '2', total: 400 },
    { id: '3', total: 500 },
  ],
};
const WAREHOUSE = '4f1c2b3a9d8e7f60';
const CHANNEL = 'C000000001';
/** Some rounds through the page. */
const TAB_MS = 20_000;
const result = (page: Page, of: string) => page.getByRole('status', { name: `Result of ${of}` });

/** Runs an action at once. @returns its output */
async function act(action: string, account: string, input: object) {
  const run = await api('POST', '/v1/runs', { action, linked_account: account, input });
  await expect.poll(async () => (await api('GET', `/v1/runs/${run.id}`)).status, { timeout: 20_000 }).toBe('succeeded');
  return (await api('GET', `/v1/runs/${run.id}`)).output;
}

/** What a person does in one way, by mouse or by keyboard. */
interface Driver {
  press(role: 'button' | 'link' | 'tab' | 'radio', name: string | RegExp): Promise<void>;
  /** Opens what is folded. */
  unfold(text: string): Promise<void>;
  /** Replaces what a field has. */
  type(name: string | RegExp, text: string): Promise<void>;
  /** Chooses in a list of few. */
  pick(name: string, option: string): Promise<void>;
  select(step: RegExp): Promise<void>;
  choose(action: string): Promise<void>;
}

const fieldOf = (page: Page, name: string | RegExp) => {
  const given = { name, exact: typeof name === 'string' };
  return page.getByRole('textbox', given).or(page.getByRole('combobox', given)).first();
};

function mouse(page: Page): Driver {
  return {
    unfold: (text) => page.getByText(text, { exact: true }).click(),
    async pick(name, option) {
      await page.getByRole('combobox', { name, exact: true }).selectOption(option);
    },
    press: (role, name) =>
      page
        .getByRole(role, { name, exact: typeof name === 'string' })
        .first()
        .click(),
    async type(name, text) {
      await fieldOf(page, name).click();
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
  const tab = async (target: Locator) => {
    await expect(target).toBeVisible();
    // A button that still waits for an answer takes no focus: Tab comes round again.
    for (const end = Date.now() + TAB_MS; Date.now() < end; ) {
      if ((await target.and(page.locator(':focus')).count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${target}`);
  };
  const tabTo = (role: 'button' | 'link' | 'tree', name: string | RegExp) =>
    tab(page.getByRole(role, { name, exact: typeof name === 'string' }).first());
  return {
    async unfold(text) {
      await tab(page.locator('summary', { hasText: text }));
      await page.keyboard.press('Enter');
    },
    async pick(name, option) {
      await tab(page.getByRole('combobox', { name, exact: true }));
      await page.keyboard.type(option);
    },
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
      await tab(fieldOf(page, name));
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
      const wanted = page.locator(`[role=dialog] [role=option][data-key="${action}"]`);
      await expect(wanted).toBeVisible();
      // The first result has the keyboard while one types; where it does not, one goes down to it.
      if ((await wanted.getAttribute('data-focused')) === null) await page.keyboard.press('ArrowDown');
      await expect(wanted).toHaveAttribute('data-focused', 'true');
      await page.keyboard.press('Enter');
    },
  };
}

test.each([
  ['mouse', mouse],
  ['keyboard', keyboard],
])(
  'by %s: new rows over a threshold become a message, a failure an issue; connected, tested, published, failed, fixed, replayed',
  async (way, handOf) => {
    const [slack, github] = [await openSlack(), await openGitHubEmulator()];
    const name = `journey ${way} ${process.pid}-${Date.now()}`;
    const table = `main.default.orders_${way}_${process.pid}`;
    const names = { 'large-orders': name, 'acme-slack': `slack ${name}`, 'acme-github': `github ${name}` };
    const sql = (statement: string) =>
      act('databricks.execute_statement', 'demo', { warehouse_id: WAREHOUSE, statement });
    await sql(`CREATE TABLE ${table} (id BIGINT, total INT)`);
    await sql(`INSERT INTO ${table} VALUES (1, 40), (2, 400), (3, 500)`);
    const { page } = await openApp({ path: '/workflows' });
    const { press, unfold, type, pick, select, choose } = handOf(page);
    const connect = async (account: string, { url, token }: { url: string; token: string }) => {
      await press('button', 'Connect account');
      const dialog = page.getByRole('dialog', { name: 'Connect account' });
      await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeVisible();
      await type('Name', account);
      if ((await dialog.getByRole('textbox', { name: /^API URL/ }).isVisible()) === false)
        await unfold('More settings');
      await type(/^API URL/, url);
      await type('Token', token);
      await press('button', 'Connect');
      await expect(dialog).toBeHidden({ timeout: 15_000 });
      await expect(page.getByRole('combobox', { name: 'Linked account' })).toHaveValue(account);
    };

    // From nothing: what starts it, with sample data.
    await press('link', 'New workflow');
    await type('Name', name);
    await press('button', 'Create workflow');
    await expect(page.getByRole('heading', { name: 'A workflow in four acts' })).toBeVisible();
    await expectAccessible(page);
    await select(/^Trigger/);
    await press('button', 'Choose trigger');
    await choose('databricks.incremental_sync');
    await expect(page.getByRole('combobox', { name: 'Source' })).toBeVisible();
    await pick('Linked account', 'demo');
    await pick('Source', 'table');
    await type('Warehouse', WAREHOUSE);
    await type('Table or view', table);
    await type('Cursor column', 'id');
    await type('Key column', 'id');
    await type('Dead-letter after (failures)', '1');
    await press('tab', 'Test');
    await type(/^Sample of the trigger/, JSON.stringify(SAMPLE));
    await press('button', 'Save sample');
    await expect(page.getByText('Pinned: tests with samples')).toBeVisible();

    // Rows over a threshold, completed and seen while typing; a misspelt name is told at its place.
    await press('button', 'Add step');
    await choose('core.transform');
    await expect(page.getByRole('region', { name: 'Step transform' })).toBeVisible();
    await press('button', /^Expression for/);
    await type('Value', '{{ trigger.rowz[total > 100] }}');
    // The first expression of a page loads what evaluates it.
    await expect(result(page, 'Value')).toContainText('nothing', { timeout: 20_000 });
    await type('Value', '{{ triger.rows }}');
    await expect(result(page, 'Value')).toContainText('did you mean "trigger"');
    await type('Value', '{{ trigger.');
    await page.keyboard.type('ro');
    await expect(page.getByRole('option', { name: /^rows list 3 items/ })).toBeVisible();
    await page.keyboard.press('Enter');
    await page.keyboard.insertText('[total > 100] }}');
    await expect(result(page, 'Value')).toContainText('With samples: list [{"id":"2"');
    await expectAccessible(page);
    const testStep = async () => {
      await press('tab', 'Test');
      await press('button', 'Test step');
      const tested = page.getByRole('region', { name: 'Result of the test' });
      await expect(tested).toContainText('Succeeded', { timeout: 20_000 });
      await press('button', 'Pin as sample');
      await expect(tested).toContainText('Pinned');
    };
    await testStep();

    // The message, to an account that is connected in place; then to a channel that does not exist.
    await press('button', 'Add step');
    await choose('slack.post_message');
    await expect(page.getByRole('region', { name: 'Step post_message' })).toBeVisible();
    await connect(names['acme-slack'], { url: slack.url, token: SLACK_TOKEN });
    await type('Channel', CHANNEL);
    await press('button', 'Expression for Text');
    await type('Text', '{{ $count(steps.transform.output.value) & " large orders" }}');
    await expect(result(page, 'Text')).toContainText('2 large orders');
    await testStep();
    await press('tab', 'Input');
    await type('Channel', 'C999');

    // The issue if the run fails.
    await press('button', 'Add step that runs if the run fails');
    await choose('github.create_issue');
    await expect(page.getByRole('region', { name: 'Step create_issue' })).toBeVisible();
    await connect(names['acme-github'], { url: github, token: GITHUB_TOKEN });
    await type('Owner', 'octocat');
    await type('Repository', 'hello-world');
    await press('button', 'Expression for Title');
    await type('Title', '{{ run.error.message }}');
    await expect(result(page, 'Title')).toContainText('choose one under');
    await expect(draftState(page)).toHaveText('Saved');

    await press('button', 'Publish');
    await press('button', 'Publish version 1');
    await expect(page.getByText('Version 1 is published.')).toBeVisible();

    // The sync reads the rows; its run comes to the drawing by itself, and the failed step says why.
    await page.getByRole('combobox', { name: 'Run on the drawing' }).selectOption('newest');
    await expect(page.getByRole('status', { name: 'State of the run' })).toHaveText('Failed', { timeout: 30_000 });
    const issues = await act('github.list_repository_issues', names['acme-github'], {
      owner: 'octocat',
      repo: 'hello-world',
    });
    expect(JSON.stringify(issues)).toContain('channel_not_found');
    await expect(page.getByRole('group', { name: /^Step post_message, slack.*, Failed, .*channel/ })).toBeVisible();
    await select(/^post_message/);
    await expect(page.getByRole('region', { name: 'In the run that is shown' })).toContainText('channel_not_found');
    await expectAccessible(page);

    // Fixed, published, and replayed from the failed step with the newest version.
    await press('tab', 'Input');
    await type('Channel', CHANNEL);
    await expect(result(page, 'Text')).toContainText('With the run: text "2 large orders"');
    await expect(draftState(page)).toHaveText('Saved');
    await press('button', 'Publish');
    await press('button', 'Publish version 2');
    await expect(page.getByText('Version 2 is published.')).toBeVisible();
    await press('button', 'Replay from here');
    await expect(page.getByRole('heading', { level: 1, name: 'Replay run' })).toBeVisible();
    await press('radio', 'Newest');
    await press('button', /^Replay \d+ steps?$/);
    await expect(page).not.toHaveURL(/replay/);
    const posted = async () => {
      const { messages } = await act('slack.list_messages', names['acme-slack'], { channel: CHANNEL });
      return messages.filter(({ text }: { text: string }) => text === '2 large orders').length;
    };
    await expect.poll(posted, { timeout: 20_000 }).toBe(2);

    // The same JSON as in the guide, which makes it with the command line.
    const { id } = await api('GET', `/v1/workflows/${encodeURIComponent(name)}`);
    const { version: _version, status: _status, ...made } = await api('GET', `/v1/workflows/${id}/versions/2`);
    const idOf = async (account: string) =>
      (await api('GET', `/v1/linked_accounts/${encodeURIComponent(account)}`)).id as string;
    const expected = guideWorkflow('large-orders', {
      'large-orders': name,
      'main.default.orders': table,
      demo: await idOf('demo'),
      'acme-slack': await idOf(names['acme-slack']),
      'acme-github': await idOf(names['acme-github']),
    });
    expect(made).toMatchObject(expected);
  },
  180_000,
);
