import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createAuthentication } from '../../../engine/credentials/authentications/authentications.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { emitEvent } from '../../../engine/events/life-events.ts';
import { isEnded } from '../../../engine/runs/run.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { until } from '../../context.ts';
import { openWorkspace } from '../../workspace.ts';

/** A workflow of a trigger that looks every second; its runs give what the events hold. */
async function watch(id: string, input: Record<string, unknown>) {
  const workspace = await openWorkspace();
  const { ctx, account, emulator, run } = workspace;
  const workflow = (extra: Record<string, unknown> = {}) =>
    createWorkflow(ctx, 'default', {
      name: id,
      trigger: { id, linked_account: account, input: { ...input, ...extra }, schedule: { every_seconds: 1 } },
      steps: [{ id: 'note', action: 'core.transform', input: { value: '{{ trigger.rows }}' } }],
    });
  return {
    ...workspace,
    begin: async (extra: Record<string, unknown> = {}) => {
      const made = await workflow(extra);
      return {
        /** Waits until it has looked once, so that what comes now is new. */
        looked: () => until('it has looked', async () => (await readCursor(ctx, made.id)).position !== null),
        at: (value: string) =>
          until(`its cursor is at ${value}`, async () => (await readCursor(ctx, made.id)).position?.value === value),
        // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
        events: async (count: number): Promise<any[]> =>
          until(`${count} events came`, async () => {
            const { items: runs } = await listRuns(ctx, 'default', { filter: { workflow: made.id }, limit: 50 });
            const cursor = await readCursor(ctx, made.id);
            if (cursor.failures > 0) throw new Error(cursor.lastError!);
            if (!runs.every(({ status }) => isEnded(status))) return undefined;
            const found = runs
              .reverse()
              .flatMap(({ output }) => (output as { value: unknown[] } | undefined)?.value ?? []);
            return found.length >= count ? found : undefined;
          }),
      };
    },
    sql: async (statement: string) => {
      const ended = await run('databricks.execute_statement', { warehouse_id: emulator.warehouseId, statement });
      if (ended.status !== 'succeeded') throw new Error(ended.error?.message);
    },
  };
}

test('tells of job runs that have ended, of those results that are wanted', async () => {
  const { run, begin } = await watch('databricks.job_run_finished', { results: ['SUCCESS'] });
  const jobs = await run('databricks.query_jobs', {});
  const list = (jobs.output as { jobs: { job_id: string; settings: { name: string } }[] }).jobs;
  const jobOf = (name: string) => list.find(({ settings }) => settings.name === name)!.job_id;
  const trigger = await begin();
  await trigger.looked();

  await run('databricks.run_job', { job_id: jobOf('Load orders') }, { wait_for_completion: true });
  const good = await run(
    'databricks.run_job',
    { job_id: jobOf('Refresh daily totals') },
    { wait_for_completion: true },
  );

  const [event, ...others] = await trigger.events(1);
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    run_id: (good.output as { run_id: string }).run_id,
    state: { result_state: 'SUCCESS' },
  });
});

test('tells of files that arrive in a folder of a volume, and of those that are written again', async () => {
  const { run, begin, sql } = await watch('databricks.file_arrived', { directory_path: '/Volumes/main/default/raw' });
  await sql('CREATE VOLUME main.default.raw');
  const put = (name: string, text: string) =>
    run('databricks.upload_file', { file_path: `/Volumes/main/default/raw/${name}`, text, overwrite: true });
  await put('old.csv', '1');
  const trigger = await begin();
  await trigger.looked();

  await put('new.csv', '2');
  await trigger.events(1);
  await put('old.csv', '33');

  expect((await trigger.events(2)).map(({ name, file_size }) => [name, file_size])).toEqual([
    ['new.csv', 1],
    ['old.csv', 2],
  ]);
});

test('tells of new versions of a table', async () => {
  const { begin, sql } = await watch('databricks.table_changed', {
    table: 'main.default.t',
    operations: ['WRITE', 'DELETE'],
  });
  await sql('CREATE TABLE main.default.t (id INT)');
  const trigger = await begin();
  await trigger.looked();

  await sql('INSERT INTO main.default.t VALUES (1)');
  await sql('OPTIMIZE main.default.t');
  await sql('DELETE FROM main.default.t WHERE id = 1');

  expect((await trigger.events(2)).map(({ version, operation }) => [version, operation])).toEqual([
    ['1', 'WRITE'],
    ['3', 'DELETE'],
  ]);
});

test('tells once when a condition becomes true, and again when it became true once more', async () => {
  const { begin, sql } = await watch('databricks.condition_met', {
    statement: 'SELECT count(*) > 1 FROM main.default.t',
  });
  await sql('CREATE TABLE main.default.t (id INT)');
  const trigger = await begin();
  await sql('INSERT INTO main.default.t VALUES (1), (2)');
  await trigger.events(1);
  await sql('DELETE FROM main.default.t WHERE id = 1');
  await trigger.at('false');
  await sql('INSERT INTO main.default.t VALUES (3)');

  const events = await trigger.events(2);

  expect(events.map(({ value }) => value)).toEqual([true, true]);
});

test('tells of events of the tenant, from its beginning on', async () => {
  const { ctx, begin } = await watch('core.event', { types: ['trigger.paused'] });
  await emitEvent(ctx, 'default', { type: 'trigger.paused', data: { n: 0 } });
  const trigger = await begin();
  await trigger.looked();

  await emitEvent(ctx, 'default', { type: 'trigger.resumed', data: { n: 1 } });
  await emitEvent(ctx, 'default', { type: 'trigger.paused', data: { n: 2 } });

  const [event, ...others] = await trigger.events(1);
  expect(event).toMatchObject({ type: 'trigger.paused', data: { n: 2 } });
  expect(others).toEqual([]);
});

test('tells when an authentication must be renewed by a person', async () => {
  const { ctx, account, emulator, begin } = await watch('core.event', {});
  const trigger = await begin();
  await trigger.looked();
  const dead = await createAuthentication(ctx, engineActor('default'), account, {
    name: 'dead',
    kind: 'pat',
    host: emulator.url,
    token: 'dapi-dead',
    test: false,
  });

  await submitAction(ctx, 'default', {
    request: { action: 'databricks.query_warehouses', linked_account: account, authentication: dead.id, input: {} },
  });

  const [event, ...others] = await trigger.events(1);
  expect(event).toMatchObject({ type: 'authentication.needs_reauth', data: { authentication: dead.id } });
  expect(others).toEqual([]);
});

test.each([
  ['a change field', { change_field: 'name' }],
  ['their content', {}],
])('any listing can be watched for items that are new or changed by %s', async (_, by) => {
  const { run, begin } = await watch('databricks.incremental_sync', {
    source: 'endpoint',
    action: 'databricks.query_warehouses',
    items: 'warehouses',
    id_field: 'id',
    ...by,
    start: 'now',
  });
  const trigger = await begin();
  await trigger.looked();

  const made = await run('databricks.create_warehouse', { name: 'one', cluster_size: '2X-Small' });
  await trigger.events(1);
  const { id } = made.output as { id: string };
  await run('databricks.update_warehouse', { id, name: 'two', cluster_size: '2X-Small' });

  expect((await trigger.events(2)).map(({ name }) => name)).toEqual(['one', 'two']);
});
