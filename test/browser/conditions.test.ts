import { type BrowserContext, expect, type Page, type Request } from '@playwright/test';
import { inject, test } from 'vitest';
import { until } from '../context.ts';
import { api, closeBrowserAfterAll, openApp } from './app.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';

closeBrowserAfterAll();

const SOON = { timeout: 20_000 };
/** 1280 CSS pixels at a zoom of 200 %, and a phone. */
const NARROW = [640, 390];
/** 200 characters of markup, right-to-left text, emoji and a word that cannot be broken. */
const ODD = `<img src=x onerror=alert(1)> مرحبا بالعالم 🧑‍🚀 ${process.pid} `.padEnd(200, 'x').slice(0, 200);

const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

async function workflow(name: string, steps: object[]): Promise<{ id: string }> {
  return api('POST', '/v1/workflows', { name, trigger: { id: 'core.manual' }, enabled: true, steps });
}

async function ended(path: string, body: object): Promise<{ id: string }> {
  const run = await api('POST', path, body);
  await until('it ended', async () => (await api('GET', `/v1/runs/${run.id}`)).finished_at !== undefined, 50_000);
  return run;
}

test('names of 200 characters with markup, at a zoom of 200 % and on a phone: no page scrolls sideways', async () => {
  const { id } = await workflow(ODD, [{ id: 'ask', action: 'core.approve', input: { message: ODD } }]);
  const account = await api('POST', '/v1/linked_accounts', { name: ODD, connector: 'databricks' });
  const run = await api('POST', `/v1/workflows/${id}/run`, {});
  const { page } = await openApp();
  const settings = ['tenant', 'api-keys', 'oauth-apps', 'webhook-endpoints', 'audit'].map(
    (part) => `/settings/${part}`,
  );
  const paths = [
    '/',
    '/runs',
    `/runs/${run.id}`,
    `/runs/${run.id}/replay`,
    '/workflows',
    `/workflows/${id}`,
    '/workflows/new-flights?tab=sync',
    '/accounts',
    `/accounts/${account.id}`,
    '/connectors',
    '/connectors/databricks',
    '/actions/databricks.execute_statement',
    ...settings,
  ];
  const wide: string[] = [];
  for (const path of paths) {
    await page.goto(`/app${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible(SOON);
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0, SOON);
    for (const width of NARROW) {
      await page.setViewportSize({ width, height: 800 });
      if ((await widthOf(page)) > width) wide.push(`${path} at ${width}: ${await widthOf(page)}`);
    }
    expect(await page.locator('main img[src="x"]').count()).toBe(0);
  }
  expect(wide).toEqual([]);
});

test('the longest error is shown whole, also on a phone', async () => {
  const input = { statement: `SELECT * FROM main.default.${'x'.repeat(64_000)}` };
  const failed = await ended('/v1/runs', { action: 'databricks.execute_statement', linked_account: 'demo', input });
  const { message } = (await api('GET', `/v1/runs/${failed.id}`)).error;
  const { page } = await openApp({ path: `/runs/${failed.id}`, width: 390 });

  expect(message.length).toBeGreaterThan(8000);
  await expect(page.getByRole('tabpanel').locator('pre').first()).toHaveText(message);
  expect(await widthOf(page)).toBeLessThanOrEqual(390);
});

test('two tabs act on one run: the second is told, shows what happened, and decides nothing else', async () => {
  const ask = { action: 'core.approve', input: { message: 'Go?' } };
  const { id } = await workflow(`two tabs ${process.pid}`, [
    { id: 'first', ...ask },
    { id: 'second', needs: ['first'], ...ask },
  ]);
  const run = await api('POST', `/v1/workflows/${id}/run`, {});
  const { page, context } = await openApp({ path: `/runs/${run.id}` });
  const other = await context.newPage();
  await other.goto(`/app/runs/${run.id}`);
  const statusOf = async (step: string): Promise<string | undefined> =>
    (await api('GET', `/v1/runs/${run.id}`)).steps.find((each: { step: string }) => each.step === step)?.status;
  for (const tab of [page, other]) await tab.getByRole('button', { name: 'Approve' }).click(SOON);
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await until('the next approval waits', async () => (await statusOf('second')) === 'waiting');
  // Under the dialog the page has the news.
  await expect(other.getByRole('treeitem', { name: /first.*Succeeded/, includeHidden: true })).toHaveCount(1, SOON);

  await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();

  await expect(other.getByRole('alert')).toContainText('is succeeded', SOON);
  expect(await statusOf('second')).toBe('waiting');
  await other.keyboard.press('Escape');
  await other.getByRole('button', { name: 'Approve' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  for (const tab of [page, other]) await expect(tab.getByText('Succeeded').first()).toBeVisible(SOON);
});

test('without a session or a server in the middle of a form, nothing that was typed is lost', async () => {
  const { page, context, key } = await openApp({ path: '/actions/core.transform' });
  const value = page.getByRole('region', { name: 'Input' }).getByLabel('Value', { exact: true });
  const start = () => page.getByRole('button', { name: 'Run', exact: true }).click();
  await value.fill('{"kept": 9007199254740993}');
  await context.clearCookies();
  await start();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByRole('textbox', { name: 'API key' }).fill(key);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('region', { name: 'Result' })).toContainText('9007199254740993', SOON);

  await context.route('**/v1/**', (route) => route.abort());
  await value.fill('{"kept": 2}');
  await start();
  await expect(page.getByText('Next try in')).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('The request got no response');
  await expect(value).toHaveValue('{"kept": 2}');
  await context.unroute('**/v1/**');
  await page.getByRole('button', { name: 'Try now' }).click();
  await start();

  await expect(page.getByRole('region', { name: 'Result' })).toContainText('2', SOON);
});

const pathOf = (request: Request) => new URL(request.url()).pathname;

/** One request of each of these kinds is done, and the server dies before it can say so. Returns what was done until now. */
async function dieAfter(server: OwnServer, context: BrowserContext, kinds: ((request: Request) => boolean)[]) {
  const { promise: died, resolve: dead } = Promise.withResolvers<void>();
  const done = new Map<number, number>();
  await context.route('**/v1/**', async (route) => {
    const kind = kinds.findIndex((isIt) => isIt(route.request()));
    if (kind < 0 || done.has(kind)) return route.fallback();
    done.set(kind, 0);
    done.set(kind, (await route.fetch()).status());
    if ([...done.values()].filter((status) => status !== 0).length === kinds.length) {
      await server.kill();
      dead();
    }
    await died;
    await route.abort();
  });
  return () => kinds.map((_, kind) => done.get(kind));
}

/** A workflow that asks a person, then adds a row to a table of the emulator; its run has ended with one row there. */
async function insertedOnce({ api: own }: OwnServer) {
  const { host, default_warehouse_id } = await api('GET', '/v1/linked_accounts/demo');
  const authentication = { kind: 'pat', name: 'token', host, token: inject('emulatorToken') };
  await own('POST', '/v1/linked_accounts', {
    name: 'demo',
    connector: 'databricks',
    default_warehouse_id,
    authentication,
  });
  const table = `main.default.killed_${process.pid}`;
  const flights = (count: string) => `SELECT flight_id FROM samples.flights.flights WHERE flight_id <= ${count}`;
  const statement = (text: string) => ({
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { statement: text },
  });
  const finish = async (id: string) => {
    await until('the run has ended', async () => (await own('GET', `/v1/runs/${id}`)).finished_at !== undefined);
    return own('GET', `/v1/runs/${id}`);
  };
  const created = await own('POST', '/v1/runs', statement(`CREATE TABLE ${table} AS ${flights('0')}`));
  expect((await finish(created.id)).status).toBe('succeeded');
  const steps = [
    { id: 'ask', action: 'core.approve', input: { message: 'Go?' } },
    { id: 'insert', needs: ['ask'], ...statement(`INSERT INTO ${table} ${flights('1')}`) },
  ];
  const { id } = await own('POST', '/v1/workflows', { name: 'killed', trigger: { id: 'core.manual' }, steps });
  const run = (await own('POST', `/v1/workflows/${id}/run`, {})).id;
  const isAsked = async () => (await own('GET', '/v1/approvals')).items.length === 1;
  await until('a person is asked', isAsked);
  await own('POST', `/v1/runs/${run}/approve`, {});
  expect((await finish(run)).status).toBe('succeeded');
  const rows = async () => {
    const counted = await own('POST', '/v1/runs', statement(`SELECT count(*) AS n FROM ${table}`));
    return Number((await finish(counted.id)).output.rows[0].n);
  };
  return { id, run, rows, finish };
}

test('the server is killed and comes back in the middle of an edit and of a replay: nothing is lost or done twice', {
  timeout: 120_000,
}, async () => {
  const server = await startOwnServer();
  const { id, run, rows, finish } = await insertedOnce(server);
  const { page, context } = await openApp({ server, path: `/workflows/${id}/edit?dialog=settings` });
  const description = page.getByRole('textbox', { name: 'Description' });
  const draft = page.getByRole('status', { name: 'Draft', includeHidden: true });
  await expect(description).toBeVisible(SOON);
  const other = await context.newPage();
  await other.goto(`/app/runs/${run}/replay?what=start`);
  const replay = other.getByRole('button', { name: 'Replay 2 steps' });
  await expect(replay).toBeEnabled(SOON);
  const done = await dieAfter(server, context, [
    (request) => request.method() === 'PUT' && pathOf(request).endsWith('/draft'),
    // The dry runs of its page change nothing, and have no key.
    (request) => pathOf(request).endsWith('/replay') && request.headers()['idempotency-key'] !== undefined,
  ]);

  await description.fill('saved as the server died');
  await replay.click();
  await expect.poll(done, SOON).toEqual([200, 202]);
  await expect(draft).toContainText('cannot be reached', SOON);
  await expect(other.getByRole('alert')).toContainText('The request got no response', SOON);
  await expect(other.getByRole('region', { name: 'What happens outside' })).toContainText('One effect happens');
  await description.fill('typed while it was gone');
  await server.start();

  await expect(draft).toHaveText('Saved', { timeout: 40_000 });
  await expect(page.getByRole('dialog', { name: /Somebody else/ })).toHaveCount(0);
  const stored = await server.api('GET', `/v1/workflows/${id}/draft`);
  expect(stored.definition.description).toBe('typed while it was gone');
  await replay.click();
  await expect(other.getByRole('link', { name: `Replay of ${run}` })).toBeVisible(SOON);
  await other.getByRole('button', { name: 'Approve' }).click(SOON);
  await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  const made = (await server.api('GET', `/v1/runs?replay=${run}`)).items;
  expect(made).toHaveLength(1);
  expect((await finish(made[0].id)).status).toBe('succeeded');
  expect(await rows()).toBe(2);
});

test('links to what is gone, or belongs to another tenant, say so', async () => {
  const tenant = await api('POST', '/v1/tenants', { name: `other ${process.pid}` });
  const other = async (path: string, body: object) => {
    const answer = await fetch(inject('appUrl') + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.api_key.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const steps = [{ id: 'shape', action: 'core.transform', input: { value: 1 } }];
  const flow = await other('/v1/workflows', { name: 'theirs', trigger: { id: 'core.manual' }, steps });
  const run = await other('/v1/runs', { action: 'core.transform', input: { value: 1 } });
  const account = await other('/v1/linked_accounts', { name: 'theirs', connector: 'databricks' });
  const { page } = await openApp();

  const gone = ['/actions/core.nothing', '/connectors/nothing', '/replays/rpl_0', '/settings/webhook-endpoints/whk_0'];
  const theirs = [`/runs/${run}`, `/runs/${run}/replay`, `/workflows/${flow}`, `/accounts/${account}`];
  for (const path of [...gone, ...theirs, `/workflows/${flow}/edit`]) {
    await page.goto(`/app${path}`);
    await expect(page.getByRole('heading', { name: 'Not found' }), path).toBeVisible(SOON);
    await expect(page.getByRole('link', { name: 'Back to Home' })).toBeVisible();
  }
});
