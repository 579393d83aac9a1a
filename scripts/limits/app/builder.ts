import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import type { Limit } from './limit.ts';
import type { App } from './open.ts';
import { longestTask } from './page-time.ts';

const STEPS = 100;
const ROWS = 9_000;
const POLICIES = 50_000;
const RESULTS = 5;
const WAIT_MS = 60_000;

/** What a key costs in the builder with 100 steps and 1 MB of sample data, and in a list of 50,000 choices. */
export const BUILDER: readonly Limit[] = [
  {
    name: 'builder: keys in an expression of 1 MB, 100 steps',
    figures: [
      { name: 'longest task of the page', most: 50, unit: 'ms' },
      { name: 'until the result is shown', most: 100, unit: 'ms' },
    ],
    async measure(app) {
      const { page, context } = await app.open();
      await page.goto(await largeWorkflow(app));
      await page.getByRole('textbox', { name: 'Value', exact: true }).click({ timeout: WAIT_MS });
      await page.getByRole('status', { name: 'Result of Value' }).getByText('number').waitFor({ timeout: WAIT_MS });
      await page.keyboard.press('Control+End');
      // The first keys load and compile.
      await page.keyboard.type(' + 1 + 1');
      await until(page, RESULT);
      await page.evaluate(WATCH);
      const results: number[] = [];
      const ms = await longestTask(page, async () => {
        for (let count = 0; count < RESULTS; count += 1) {
          await page.keyboard.type(' + 2');
          await page.evaluate('window.lastResult = undefined');
          await page.keyboard.press('3');
          await until(page, 'window.lastResult !== undefined');
          results.push(await page.evaluate<number>('window.lastResult'));
        }
      });
      await context.close();
      return [ms, Math.min(...results)];
    },
  },
  {
    name: 'builder: keys that filter 50,000 choices',
    figures: [{ name: 'longest task of the page', most: 50, unit: 'ms' }],
    async measure(app) {
      const { page, context } = await app.open();
      const { path, close } = await manyChoices(app);
      await page.goto(path);
      const field = page.getByRole('combobox', { name: 'Policy' });
      await field.press('ArrowDown', { timeout: WAIT_MS });
      await page.locator('[role=option]').first().waitFor({ timeout: WAIT_MS });
      await page.keyboard.type('po');
      const ms = await longestTask(page, async () => {
        await page.keyboard.type('licy 49999', { delay: 50 });
        await until(page, 'document.querySelectorAll("[role=option]").length === 1');
      });
      await context.close();
      close();
      return [ms];
    },
  },
];

/** Waits in the page itself: its content security policy lets no `waitForFunction` in. */
function until(page: Page, condition: string): Promise<void> {
  return page.evaluate<void>(`new Promise((resolve, reject) => {
    const end = performance.now() + ${WAIT_MS};
    const look = () => {
      if (${condition}) return resolve();
      if (performance.now() > end) return reject(new Error(${JSON.stringify(`never: ${condition}`)}));
      requestAnimationFrame(look);
    };
    look();
  })`);
}

const draftOf = (app: App, steps: object[]) =>
  app.send('POST', '/v1/workflows', {
    name: `limits ${randomBytes(4).toString('hex')}`,
    trigger: { id: 'core.manual' },
    steps,
    publish: false,
  });

/** @returns the address of its last step, whose expression reads a sample of 1 MB */
async function largeWorkflow(app: App): Promise<string> {
  const step = (n: number) => ({
    id: `s${n}`,
    action: 'core.transform',
    input: { value: { text: `of step ${n} `.repeat(40), n } },
  });
  const { id } = await draftOf(app, [
    ...Array.from({ length: STEPS - 1 }, (_, n) => step(n)),
    { id: 'last', action: 'core.transform', input: { value: '{{ $sum(steps.s0.output.value.rows.total) }}' } },
  ]);
  const rows = Array.from({ length: ROWS }, (_, n) => ({ id: n, total: n % 97, name: 'x'.repeat(70) }));
  await app.send('PUT', `/v1/workflows/${id}/draft/samples/s0`, { value: { value: { rows } } });
  return `${app.url}/app/workflows/${id}/edit?step=last`;
}

/** A step whose workspace has 50,000 cluster policies, which come at once. */
async function manyChoices(app: App): Promise<{ path: string; close(): void }> {
  const policies = Array.from({ length: POLICIES }, (_, n) => ({ policy_id: `P${n}`, name: `Policy ${n}` }));
  const listing = JSON.stringify({ policies });
  const workspace = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(listing);
  });
  workspace.listen(0, '127.0.0.1');
  await once(workspace, 'listening');
  const host = `http://127.0.0.1:${(workspace.address() as AddressInfo).port}`;
  const name = `many ${randomBytes(4).toString('hex')}`;
  const authentication = { kind: 'pat', name: 'token', host, token: 'dapi-of-the-limits', test: false };
  await app.send('POST', '/v1/linked_accounts', { name, connector: 'databricks', authentication });
  const { id } = await draftOf(app, [
    { id: 'one', action: 'databricks.create_cluster', linked_account: name, input: {} },
  ]);
  return { path: `${app.url}/app/workflows/${id}/edit?step=one`, close: () => void workspace.close() };
}

/** The result of the text that is there is shown. */
const RESULT = `document.querySelector('[aria-label="Result of Value"] code') !== null`;
/** Notes how long after the last key its result came; the one before it goes with the key. */
const WATCH = `(() => {
  let pressedAt;
  addEventListener('keydown', () => { pressedAt = performance.now(); }, true);
  const around = document.querySelector('[aria-label="Result of Value"]').parentElement;
  new MutationObserver((changes) => {
    if (pressedAt !== undefined && changes.some(({ addedNodes }) => addedNodes.length > 0) && ${RESULT})
      window.lastResult ??= performance.now() - pressedAt;
  }).observe(around, { subtree: true, childList: true });
})()`;
