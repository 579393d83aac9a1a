import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import { readPath } from '../../connector/template.ts';
import { SERVICES } from '../../services/registry.ts';
import { actionOf, callOf, openBench, runToEnd, useEmulator } from '../actions/harness.ts';

const emulator = useEmulator({ samples: 'small', sampleRows: 1000 });

/** What an example names -> what the emulator has, or has made of it. */
const names = new Map([
  ['01ef0000000000000000000000000001', '01f0a1b2c3d4e5f60718293a4b5c6d7e'],
  ['databricks-meta-llama-3-3-70b-instruct', 'emulator-chat'],
  ['churn', 'emulator-sum'],
]);

/** What depends on the mind of the one who answers. */
const FREE: { [name: string]: string[] } = { ask_genie: ['text', 'rows'] };

const SETUP = [
  'CREATE SCHEMA IF NOT EXISTS main.sales',
  'CREATE TABLE IF NOT EXISTS main.sales.orders (order_id BIGINT, updated_at TIMESTAMP, total DECIMAL(10,2))',
  'CREATE TABLE IF NOT EXISTS main.sales.old_orders (order_id BIGINT)',
];

/** Runs an input of ours, with every id that stands for a real one replaced; what it gave is checked against the schema of the output. */
async function run(id: string, input: Json): Promise<JsonObject> {
  const action = await actionOf(id);
  const bench = openBench({ url: emulator().url, token: emulator().token });
  let text = JSON.stringify(input);
  for (const [example, real] of names) text = text.replaceAll(`"${example}"`, `"${real}"`);
  const call = callOf(action, JSON.parse(text), {
    options: { wait_for_completion: action.manifest.options !== undefined },
    // The service knows a launch by its token: with the same one it would give an earlier run.
    run: { id: 'run_1', token: randomUUID() },
    account: { origin: emulator().url, account_id: emulator().accountId },
  });
  const { output } = await runToEnd(action, call, bench);
  expect(action.output.validationErrors(output), `${id}: what it gave`).toEqual([]);
  return output as JsonObject;
}

/** Replays one example: every field that the documentation shows must come, in the same form. `learn` names what was made. */
async function replay(name: string, index: number, learn?: [example: string, field: string]): Promise<void> {
  const id = `databricks.${name}`;
  const example = (await actionOf(id)).manifest.examples[index]!;
  const shown = Object.fromEntries(
    Object.entries(example.output as JsonObject).filter(([key]) => !FREE[name]?.includes(key)),
  );

  const output = await run(id, example.input);

  if (learn !== undefined) names.set(learn[0], String(readPath(output, learn[1])));
  expect(shapeOf(output, shown), `${id}: ${example.title}`).toEqual(shapeOf(shown, shown));
}

/** The types of a value, of those parts that the example shows; of a list, the element that is most like the example's. */
function shapeOf(value: unknown, example: unknown): unknown {
  if (Array.isArray(example)) {
    if (!Array.isArray(value) || value.length === 0) return typeOf(value);
    const wanted = JSON.stringify(shapeOf(example[0], example[0]));
    const shapes = value.map((item) => shapeOf(item, example[0]));
    return [shapes.find((shape) => JSON.stringify(shape) === wanted) ?? shapes[0]];
  }
  if (example === null || typeof example !== 'object') return typeOf(value);
  const fields = (value ?? {}) as JsonObject;
  return Object.fromEntries(Object.entries(example).map(([key, item]) => [key, shapeOf(fields[key], item)]));
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

test('sets up what the examples refer to', { timeout: 60_000 }, async () => {
  for (const statement of SETUP)
    await run('databricks.execute_statement', { warehouse_id: '4f1c2b3a9d8e7f60', statement });
  const ana = await run('databricks.create_user', { userName: 'ana@example.com', displayName: 'Ana' });
  names.set('2002', String(ana.id));
  const analysts = await run('databricks.create_group', { displayName: 'analysts', members: [{ value: '2002' }] });
  names.set('3003', String(analysts.id));
  const job = await run('databricks.create_job', {
    name: 'nightly-load',
    parameters: [{ name: 'day', default: '2026-01-01' }],
    tasks: [
      { task_key: 'load', notebook_task: { notebook_path: '/Shared/report', base_parameters: { result: '42' } } },
    ],
  });
  names.set('281874479417551', String(job.job_id));
  await run('databricks.import_workspace', { path: '/Shared/report', language: 'PYTHON', text: 'print(1)' });
  const cluster = await run('databricks.create_cluster', {
    cluster_name: 'shared',
    spark_version: '15.4.x-scala2.12',
    node_type_id: 'i3.xlarge',
    num_workers: 1,
    autotermination_minutes: 60,
  });
  names.set('0923-164208-meows279', String(cluster.cluster_id));
  const failing = { warehouse_id: '4f1c2b3a9d8e7f60', statement: 'SELECT * FROM no_such_table' };
  await expect(run('databricks.execute_statement', failing)).rejects.toThrow(/no_such_table/);
});

const REPLAYS: [name: string, index: number, learn?: [example: string, path: string]][] = [
  ['query_warehouses', 0],
  ['create_warehouse', 0, ['9a8b7c6d5e4f3a2b', 'id']],
  ['retrieve_warehouse', 0],
  ['update_warehouse', 0],
  ['stop_warehouse', 0],
  ['start_warehouse', 0],
  ['delete_warehouse', 0],
  ['execute_statement', 0, ['01f0c2a4-5d1e-1b2c-9f3a-6a7b8c9d0e1f', 'statement_id']],
  ['retrieve_statement', 0],
  ['retrieve_statement_result_chunk', 0],
  ['cancel_statement_execution', 0],
  ['query_jobs', 0],
  ['show_job', 0],
  ['create_job', 0, ['281874479417552', 'job_id']],
  ['update_job', 0],
  ['run_job', 1, ['455644833123456789', 'run_id']],
  ['get_job_run', 0, ['455644833123456790', 'tasks.0.run_id']],
  ['get_run_output', 0],
  ['list_runs', 0],
  ['list_ended_runs', 0],
  ['cancel_run', 0],
  ['delete_job', 0],
  ['submit_run', 0],
  ['list_users', 0],
  ['create_user', 0, ['2003', 'id']],
  ['get_user', 0],
  ['update_user', 0],
  ['update_user', 1],
  ['delete_user', 0],
  ['update_permissions', 0],
  ['list_permissions', 0],
  ['list_groups', 0],
  ['create_group', 0, ['3004', 'id']],
  ['update_group', 0],
  ['update_group', 1],
  ['delete_group', 0],
  ['http_request', 0],
  ['http_request', 1],
  ['create_catalog', 0],
  ['query_catalogs', 0],
  ['retrieve_catalog', 0],
  ['update_catalog', 0],
  ['delete_catalog', 0],
  ['create_schema', 0],
  ['query_schemas', 0],
  ['retrieve_schema', 0],
  ['update_schema', 0],
  ['delete_schema', 0],
  ['query_tables', 0],
  ['retrieve_table', 0],
  ['check_table_exists', 0],
  ['check_table_exists', 1],
  ['query_table_summaries', 0],
  ['delete_table', 0],
  ['browse_catalog', 0],
  ['create_volume', 0],
  ['query_volumes', 0],
  ['retrieve_volume', 0],
  ['update_volume', 0],
  ['upload_file', 0],
  ['copy_into', 0],
  ['list_files', 0],
  ['download_file', 0],
  ['delete_file', 0],
  ['delete_volume', 0],
  ['insert_rows', 0],
  ['upsert_rows', 0],
  ['create_directory', 0],
  ['import_workspace', 0],
  ['list_workspace', 0],
  ['query_directories', 0],
  ['retrieve_object_status', 0],
  ['export_workspace', 0],
  ['delete_workspace', 0],
  ['list_node_types', 0],
  ['list_spark_versions', 0],
  ['create_cluster', 0, ['0924-071500-abcd1234', 'cluster_id']],
  ['list_clusters', 0],
  ['get_cluster_info', 0],
  ['terminate_cluster', 0],
  ['query_clusters', 0],
  ['start_cluster', 0],
  ['restart_cluster', 0],
  ['delete_cluster', 0],
  ['query_history', 0],
  ['list_genie_spaces', 0],
  ['ask_genie', 0],
  ['list_serving_endpoints', 0],
  ['query_serving_endpoint', 0],
  ['query_serving_endpoint', 1],
  ['list_operations', 0],
  ['list_workspaces', 0, ['7474650313055161', 'workspaces.0.workspace_id']],
  ['connect_workspace', 0],
];

/** What the emulator does not have, or what has a test of its own below. */
const NOT_REPLAYED = [
  'list_cluster_policies',
  'list_grants',
  'list_instance_pools',
  'list_instance_profiles',
  'list_service_principals',
  'repair_run',
  'update_grants',
];

describe('replays its examples on the emulator:', () => {
  test.each(REPLAYS)('%s %i', { timeout: 30_000 }, (name, index, learn) => replay(name, index, learn));
});

test('repairs a run whose task has failed', { timeout: 30_000 }, async () => {
  const tasks = [
    { task_key: 'load', notebook_task: { notebook_path: '/Shared/x', base_parameters: { fail_with: 'no disk' } } },
  ];
  const { job_id } = await run('databricks.create_job', { name: 'broken', tasks });
  await expect(run('databricks.run_job', { job_id: job_id! })).rejects.toThrow(/no disk/);
  const { runs } = await run('databricks.list_runs', { job_id: job_id! });
  const run_id = String(readPath(runs, '0.run_id'));

  const repair = run('databricks.repair_run', { run_id, rerun_all_failed_tasks: true });

  await expect(repair).rejects.toThrow(/task "load" failed: .*no disk/s);
});

test('no action of Databricks is left out', async () => {
  const manifests = await loadManifests(new URL('../../manifests/', import.meta.url), { services: SERVICES });
  const all = [...manifests.actions.keys()]
    .filter((id) => id.startsWith('databricks.'))
    .map((id) => id.slice('databricks.'.length));

  const replayed = new Set([...REPLAYS.map(([name]) => name), ...NOT_REPLAYED]);
  expect(all.filter((name) => !replayed.has(name))).toEqual([]);
});
