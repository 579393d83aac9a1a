import type { Emulator } from '../../../../emulator/server.ts';
import { until } from '../../../context.ts';
import type { Service } from '../../service.ts';
import type { startEndpoint as startReceiver } from '../../webhook-endpoint.ts';
import { ROWS, TABLE } from './known.ts';
import type { Body, OldVersion } from './old-version.ts';

/** What the old version talks to. */
export interface Outside {
  emulator: Emulator;
  services: { waiting: Service; limited: Service; paused: Service };
  receiver: Awaited<ReturnType<typeof startReceiver>>;
  refusing: Awaited<ReturnType<typeof startReceiver>>;
}

type Send = OldVersion['send'];

const WAIT = { prefer: 'wait=30' };

/** Fills a store with what a version can hold, kills its processes, and says what the test of the upgrade must know. */
export async function fill(old: OldVersion, outside: Outside): Promise<Record<string, unknown>> {
  const { send } = old;
  const access = await fillAccess(old, outside);
  await fillAccounts(send, outside);
  for (const statement of TABLE) await sql(send, statement);
  const syncs = await fillSyncs(send, outside);
  const flows = await fillWorkflows(send, outside);
  const runs = await fillRuns(send, outside);
  const lists = await readLists(old, flows, syncs);
  const last = await interrupt(old, outside, flows);
  return { access, syncs, flows, runs, lists, last };
}

/** Tenants, keys, quotas, webhook endpoints. */
async function fillAccess({ send, cli }: OldVersion, { receiver }: Outside): Promise<Body> {
  const tenant = JSON.parse(await cli('tenants', 'create', 'Acme Ltd'));
  await cli(
    'tenants',
    'set',
    tenant.id,
    '--quota',
    'workflows=100',
    '--quota',
    'streams=20',
    '--quota',
    'event_webhooks=15',
  );
  const viewer = await send('POST', '/v1/api_keys', { name: 'viewer', role: 'viewer' });
  const operator = await send('POST', '/v1/api_keys', { name: 'operator', role: 'operator' });
  const gone = await send('POST', '/v1/api_keys', { name: 'gone', role: 'viewer' });
  await send('DELETE', `/v1/api_keys/${gone.id}`);
  const endpoint = await send('POST', '/v1/event_webhooks', {
    url: `${receiver.url}/some`,
    types: ['page.set_aside', 'run.failed', 'approval.requested'],
  });
  await send('POST', '/v1/event_webhooks', { url: `${receiver.url}/all` });
  return {
    tenant: tenant.id,
    tenantKey: tenant.api_key.key,
    viewer: viewer.key,
    operator: operator.key,
    gone: gone.key,
    endpoint: endpoint.id,
  };
}

/** Linked accounts with authentications of every kind, an OAuth app, a login, connect links. */
async function fillAccounts(send: Send, { emulator, services }: Outside): Promise<void> {
  await send('POST', '/v1/linked_accounts', {
    name: 'emulator',
    connector: 'databricks',
    default_warehouse_id: emulator.warehouseId,
    authentication: {
      name: 'principal',
      kind: 'oauth_m2m',
      host: emulator.url,
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
    },
  });
  for (const [name, { origin }] of Object.entries(services))
    await send('POST', '/v1/linked_accounts', {
      name,
      default_warehouse_id: 'w1',
      ...(name === 'limited' ? { limits: { concurrent: 1 } } : {}),
      authentication: { name: 'token', kind: 'pat', host: origin, token: 'dapi-test', test: false },
    });
  await send('POST', '/v1/linked_accounts', { name: 'person' });
  await send('POST', '/v1/oauth_apps', { name: 'app', host: emulator.url, client_id: 'databricks-cli' });
  const begun = await send('POST', '/v1/oauth/authorize', {
    oauth_app: 'app',
    linked_account: 'person',
    name: 'login',
    redirect_port: 8020,
  });
  const login = new URL(begun.url);
  const answer = await fetch(login.origin + login.pathname, {
    method: 'POST',
    body: new URLSearchParams([...login.searchParams, ['decision', 'allow']]),
    redirect: 'manual',
  });
  const back = new URL(answer.headers.get('location')!);
  await send('POST', '/v1/oauth/complete', { query: back.search });
  await send('POST', '/v1/connect_links', { linked_account: 'person', kinds: ['pat'] });
  await send('POST', '/v1/linked_accounts/paused/pause');
}

/** Cursors: one that is up to date, one that waits behind a page that fails, one that sets pages aside, backfills. */
async function fillSyncs(send: Send, { receiver, refusing }: Outside): Promise<Body> {
  const sync = (name: string, url: string, trigger: object = {}) =>
    send('POST', '/v1/workflows', {
      name,
      trigger: {
        id: 'databricks.incremental_sync',
        linked_account: 'emulator',
        input: {
          table: 'main.default.events',
          cursor_column: 'id',
          cursor_type: 'BIGINT',
          key_column: 'id',
          key_type: 'BIGINT',
          page_size: 10,
        },
        schedule: { every_seconds: 2 },
        ...trigger,
      },
      steps: [{ id: 'post', action: 'core.webhook', input: { url, rows: '{{ trigger.events }}' } }],
    });
  const good = await sync('sync', `${receiver.url}/sync`, { freshness: { max_lag_seconds: 600 } });
  const failing = await sync('failing sync', `${refusing.url}/failing`);
  const aside = await sync('dead letters', `${refusing.url}/aside`, { dead_letter_after: 1 });
  const cursor = (id: string) => send('GET', `/v1/workflows/${id}/cursor`);
  await until('the sync has caught up', async () => (await cursor(good.id)).position?.value === String(ROWS), 60_000);
  await until('pages are dead letters', async () => (await cursor(aside.id)).position?.value === String(ROWS), 60_000);
  await until('the other sync fails', async () => (await cursor(failing.id)).failures > 0, 60_000);
  const done = await send('POST', `/v1/workflows/${good.id}/backfills`, { after: '5', until: '15' });
  const statusOf = async (workflow: string, id: string) =>
    (await send('GET', `/v1/workflows/${workflow}/backfills`)).items.find((each: Body) => each.id === id).status;
  await until('a backfill is done', async () => (await statusOf(good.id, done.id)) === 'done', 60_000);
  const running = await send('POST', `/v1/workflows/${failing.id}/backfills`, { until: '10' });
  // Its statement stays at the service, so its poll is in flight.
  const polling = await send('POST', '/v1/workflows', {
    name: 'poll in flight',
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: 'waiting',
      input: {
        table: 'main.default.other',
        cursor_column: 'n',
        cursor_type: 'BIGINT',
        key_column: 'n',
        key_type: 'BIGINT',
      },
      schedule: { every_seconds: 3600 },
    },
    steps: [{ id: 'tell', action: 'core.transform', input: { value: '{{ trigger.events }}' } }],
  });
  await until('a poll is in flight', async () => (await cursor(polling.id)).in_flight !== null, 60_000);
  await send('POST', `/v1/workflows/${aside.id}/pause`);
  return {
    good: good.id,
    failing: failing.id,
    aside: aside.id,
    done: done.id,
    running: running.id,
    polling: polling.id,
  };
}

/** Workflows whose runs are in flight in every way. */
async function fillWorkflows(send: Send, { receiver }: Outside): Promise<Body> {
  const statement = (id: string, more: object = {}) => ({
    id,
    action: 'databricks.execute_statement',
    linked_account: 'waiting',
    input: { statement: 'SELECT 1' },
    ...more,
  });
  const value = (id: string, given: unknown, more: object = {}) => ({
    id,
    action: 'core.transform',
    input: { value: given },
    ...more,
  });
  const make = (name: string, steps: object[], more: object = {}) =>
    send('POST', '/v1/workflows', { name, trigger: { id: 'core.manual' }, steps, ...more });
  const begin = async (workflow: Body, input: object = {}) =>
    (await send('POST', `/v1/workflows/${workflow.id}/run`, { input })).id as string;

  const ticking = await make('ticking', [value('a', '{{ trigger.scheduled_at }}')], {
    trigger: { id: 'core.schedule', schedule: { every_seconds: 3 } },
  });
  const nightly = await make('nightly', [value('a', 1)], {
    trigger: { id: 'core.schedule', schedule: { cron: '0 3 * * *', time_zone: 'Europe/Berlin' } },
  });
  const ask = { id: 'ask', action: 'core.approve', input: { message: 'Go on?' } };
  const approval = await begin(await make('approval', [ask, value('after', '{{ steps.ask.output.approved }}')]));
  const inner = await make('inner', [statement('inside')]);
  const nested = await begin(
    await make('nested', [{ id: 'call', action: 'core.run_workflow', input: { workflow: inner.id } }]),
  );
  const loop = await begin(
    await make('loop', [
      statement('each', { for_each: { items: '{{ trigger.items }}', concurrency: 2, on_error: 'continue' } }),
      value('count', '{{ $count(steps.each.output.items) }}'),
    ]),
    { items: [1, 2, 3, 4, 5] },
  );
  const delayed = await begin(
    await make('delayed', [{ id: 'wait', action: 'core.delay', input: { seconds: 170 } }, value('after', 1)]),
  );
  const failing = { id: 'bad', action: 'core.fail', input: { message: 'made to fail' } };
  const retrying = await begin(await make('retrying', [{ ...failing, retry: { times: 3, delay_seconds: 3600 } }]));
  const keyed = await make('keyed', [statement('one')], { concurrency_key: 'always the same' });
  const [turnFirst, turnSecond] = [await begin(keyed), await begin(keyed)];
  const secret = await make('secret', [value('a', '{{ secrets.password }}')], { secrets: { password: 'test-only' } });
  const withSecret = await begin(secret);
  const hook = await make('hook', [value('a', '{{ trigger.body.n }}')], { trigger: { id: 'core.incoming_webhook' } });
  const onEvent = await make('on event', [value('a', '{{ trigger.events }}')], {
    trigger: { id: 'core.event', input: { types: ['page.set_aside', 'run.failed'], every_seconds: 5 } },
    enabled: false,
  });
  const versioned = await make('versioned', [value('a', 1)]);
  await send('PUT', `/v1/workflows/${versioned.id}`, {
    name: 'versioned',
    trigger: { id: 'core.manual' },
    steps: [value('a', 2)],
    publish: false,
  });
  const failed = await make('failed', [failing], {
    on_failure: { steps: [{ id: 'tell', action: 'core.webhook', input: { url: `${receiver.url}/failed`, body: {} } }] },
    notify: ['failed', 'succeeded'],
  });
  const failures = [await begin(failed), await begin(failed), await begin(failed)];
  for (const id of failures)
    await until('the run fails', async () => (await send('GET', `/v1/runs/${id}`)).status === 'failed', 30_000);
  await send('POST', `/v1/runs/${failures[0]}/replay`, {});
  const many = { filter: { workflow: failed.id } };
  const preview = await send('POST', '/v1/runs/replay', many);
  await send('POST', '/v1/runs/replay', { ...many, confirm: preview.confirm });
  const deleted = await make('deleted', [value('a', 1)]);
  await send('DELETE', `/v1/workflows/${deleted.id}`);
  return {
    ticking: ticking.id,
    nightly: nightly.id,
    hook: new URL(hook.url).pathname,
    onEvent: onEvent.id,
    versioned: versioned.id,
    failed: failed.id,
    runs: { approval, nested, loop, delayed, retrying, turnFirst, turnSecond, withSecret },
  };
}

/** Runs of single actions in every state. */
async function fillRuns(send: Send, { services }: Outside): Promise<Body> {
  const run = async (
    linked_account: string | undefined,
    action: string,
    input: object,
    more: object = {},
    headers = {},
  ) => (await send('POST', '/v1/runs', { action, linked_account, input, ...more }, headers)).id as string;
  const select = { statement: 'SELECT 1' };
  const job = { job_id: '1' };
  const succeeded = await sql(send, 'SELECT 1 AS one');
  const large = await sql(send, "SELECT id, repeat('x', 100) AS text FROM range(700)");
  const failed = await run(
    'emulator',
    'databricks.execute_statement',
    { statement: 'SELECT nothing FROM nowhere' },
    {},
    WAIT,
  );
  const idempotent = await run(
    'emulator',
    'databricks.execute_statement',
    select,
    {},
    { 'idempotency-key': 'order-1', ...WAIT },
  );
  const statement = await run('waiting', 'databricks.execute_statement', select);
  const waitingJob = await run('waiting', 'databricks.run_job', job, { options: { wait_for_completion: true } });
  const timed = await run('waiting', 'databricks.execute_statement', select, { options: { timeout_seconds: 3600 } });
  const canceled = await run('limited', 'databricks.execute_statement', select);
  await until('they wait', () => services.waiting.statements.size >= 5 && services.waiting.launches.size >= 1, 30_000);
  await until('the other waits', () => services.limited.statements.size === 1, 30_000);
  await send('POST', `/v1/runs/${canceled}/cancel`);
  await until('it is canceled', async () => (await send('GET', `/v1/runs/${canceled}`)).status === 'canceled', 30_000);
  const paused = await run('paused', 'databricks.execute_statement', select);
  return { succeeded, large, failed, idempotent, statement, waitingJob, timed, canceled, paused };
}

/** Kills the worker in the middle of requests; what is asked for afterwards stays queued. */
async function interrupt(
  { send, worker, api }: OldVersion,
  { services: { limited } }: Outside,
  flows: Body,
): Promise<Body> {
  const ask = async (action: string, input: object, options = {}) =>
    (await send('POST', '/v1/runs', { action, linked_account: 'limited', input, options })).id as string;
  limited.hold = () => new Promise(() => {});
  const before = limited.launches.size;
  const running = await ask('databricks.run_job', { job_id: '1' }, { wait_for_completion: true });
  await until('the launch has reached the service', () => limited.launches.size > before, 30_000);
  worker.kill('SIGKILL');
  const queued: string[] = [];
  for (let i = 0; i < 3; i += 1) queued.push(await ask('databricks.execute_statement', { statement: 'SELECT 2' }));
  const canceledLate = await ask('databricks.execute_statement', { statement: 'SELECT 3' });
  await send('POST', `/v1/runs/${canceledLate}/cancel`);
  const many = { filter: { workflow: flows.failed, status: 'failed' } };
  const { confirm } = await send('POST', '/v1/runs/replay', many);
  const replay = await send('POST', '/v1/runs/replay', { ...many, confirm });
  const body = { linked_account: 'limited' };
  send('POST', '/v1/actions/databricks.execute_statement/options', { ...body, field: '/warehouse_id' }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  api.kill('SIGKILL');
  return { running, queued, canceledLate, replay: replay.id };
}

async function sql(send: Send, statement: string): Promise<string> {
  const body = { action: 'databricks.execute_statement', linked_account: 'emulator', input: { statement } };
  const run = await send('POST', '/v1/runs', body, WAIT);
  if (run.status !== 'succeeded') throw new Error(`${statement}: ${JSON.stringify(run.error)}`);
  return run.id;
}

/** What each list shows, by its path: the ids of its items. */
async function readLists({ send }: OldVersion, flows: Body, syncs: Body): Promise<Record<string, string[]>> {
  const paths = [
    'linked_accounts',
    'linked_accounts/person/authentications',
    'oauth_apps',
    'api_keys',
    'event_webhooks',
    'workflows',
    `workflows/${flows.versioned}/versions`,
    'approvals',
    'replays',
    `workflows/${syncs.good}/backfills`,
    `workflows/${syncs.failing}/backfills`,
    `workflows/${syncs.good}/cursor/history`,
    'runs?limit=200',
    'audit?limit=200',
    'events?limit=200',
  ];
  const lists: Record<string, string[]> = {};
  for (const path of paths) {
    const { items, unreadable } = await send('GET', `/v1/${path}`, undefined, { accept: 'application/json' });
    if (unreadable !== undefined) throw new Error(`${path} has records that cannot be read`);
    lists[path] = items.map((item: Body) => item.id ?? item.version ?? item.name);
  }
  return lists;
}
