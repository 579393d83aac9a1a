import { describe, expect, test } from 'vitest';
import { effectOf } from '../../../../actions/effect.ts';
import { codeAction } from '../../../../actions/service.ts';
import { SERVICES } from '../../../../services/registry.ts';
import { actionOf, callOf, openBench, runToEnd, useEmulator } from '../../../actions/harness.ts';
import { readBody, startHttpServer } from '../../../servers.ts';

const emulator = useEmulator();
const SPACE = '01f0a1b2c3d4e5f60718293a4b5c6d7e';

async function run(id: string, input: object, bench = openBench(emulator())) {
  const action = await actionOf(id);
  const { output } = await runToEnd(action, callOf(action, input), bench);
  // biome-ignore lint/suspicious/noExplicitAny: outputs of many shapes
  return output as any;
}

test.each([...SERVICES.values()].flatMap(({ actions = {} }) => Object.keys(actions)))(
  '%s has a manifest without a request',
  async (id) => {
    const action = await actionOf(id);

    expect(action.manifest.request).toBeUndefined();
    expect(codeAction(action)).toBeDefined();
  },
);

test('an action with a request is not code', async () => {
  expect(codeAction(await actionOf('databricks.execute_statement'))).toBeUndefined();
});

describe('import_workspace', () => {
  const path = '/Shared/of_a_test';

  test.each([
    ['text', { text: '# Databricks notebook source\nprint("é")\n' }],
    ['base64', { content: Buffer.from('# Databricks notebook source\nprint("é")\n').toString('base64') }],
  ])('takes %s, and an export gives it back', async (_title, content) => {
    const output = await run('databricks.import_workspace', {
      path,
      format: 'SOURCE',
      language: 'PYTHON',
      overwrite: true,
      ...content,
    });

    expect(output).toEqual({ path, bytes: 41 });
    expect(await run('databricks.export_workspace', { path, format: 'SOURCE' })).toMatchObject({
      text: '# Databricks notebook source\nprint("é")\n',
    });
  });

  test('takes an artifact', async () => {
    const bench = openBench(emulator());
    const sink = await bench.io.openArtifact({ mediaType: 'text/plain' });
    await sink.write(Buffer.from('# Databricks notebook source\n1\n'));
    await sink.close();

    const output = await run(
      'databricks.import_workspace',
      { path, format: 'SOURCE', language: 'PYTHON', overwrite: true, artifact: sink.id },
      bench,
    );

    expect(output).toMatchObject({ bytes: 31 });
  });

  test.each([
    ['text', { text: 'x'.repeat(8_000_000) }],
    ['base64', { content: Buffer.alloc(8_000_000).toString('base64') }],
  ])('refuses %s that is too large before it is sent', async (pointer, content) => {
    const bench = openBench(emulator());

    await expect(run('databricks.import_workspace', { path, ...content }, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: `/${pointer === 'base64' ? 'content' : pointer}` }],
    });
    expect(bench.events).toEqual([]);
  });

  test('refuses what is not base64', async () => {
    await expect(run('databricks.import_workspace', { path, content: 'not base64!' })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
  });

  test.each([
    [{ path, text: '', overwrite: true }, 'idempotent'],
    [{ path, text: '', overwrite: false }, 'once'],
    [{ path, text: '' }, 'once'],
  ])('of %j has the effect %s', async (input, effect) => {
    expect(effectOf(await actionOf('databricks.import_workspace'), input)).toBe(effect);
  });
});

describe('list_clusters', () => {
  async function list(input: object) {
    const asked: string[] = [];
    const server = await startHttpServer(async (request, response) => {
      asked.push(request.url!.split('?')[1]!);
      await readBody(request);
      const isPinned = request.url!.includes('is_pinned');
      const clusters = isPinned
        ? [{ cluster_id: 'p' }, { cluster_id: 'both' }]
        : [{ cluster_id: 'both' }, { cluster_id: 'a' }];
      response.end(
        JSON.stringify(
          request.url!.includes('page_size=1') && !request.url!.includes('page_size=100')
            ? { clusters: clusters.slice(0, 1), next_page_token: 't' }
            : { clusters },
        ),
      );
    });
    return { output: await run('databricks.list_clusters', input, openBench({ url: server.origin })), asked };
  }

  test('joins the pinned and the active ones, each once', async () => {
    const { output, asked } = await list({});

    expect(output).toMatchObject({
      clusters: [{ cluster_id: 'p' }, { cluster_id: 'both' }, { cluster_id: 'a' }],
      more: false,
    });
    expect(asked).toEqual([
      'filter_by.is_pinned=true&page_size=100',
      'filter_by.cluster_states=PENDING&filter_by.cluster_states=RUNNING&filter_by.cluster_states=RESTARTING&filter_by.cluster_states=RESIZING&filter_by.cluster_states=TERMINATING&page_size=100',
    ]);
  });

  test('is one list with a filter', async () => {
    const { output, asked } = await list({ filter_by: { cluster_states: ['ERROR'] } });

    expect(output.clusters).toHaveLength(2);
    expect(asked).toEqual(['filter_by.cluster_states=ERROR&page_size=100']);
  });

  test('manual paging reads one page', async () => {
    const { output, asked } = await list({ page_size: 1, page_token: 'x' });

    expect(output).toMatchObject({ clusters: [{ cluster_id: 'both' }], more: true, next_page_token: 't' });
    expect(asked).toEqual(['page_size=1&page_token=x']);
  });

  test('of the emulator is a list', async () => {
    const { cluster_id } = await run('databricks.create_cluster', {
      cluster_name: 'of a test',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'i3.xlarge',
      num_workers: 1,
    });

    expect(await run('databricks.list_clusters', {})).toMatchObject({
      clusters: [{ cluster_id, cluster_name: 'of a test' }],
      more: false,
    });
  });
});

describe('browse_catalog', () => {
  test('goes down from the catalogs to the tables and volumes', async () => {
    const statement = 'CREATE TABLE main.default.of_a_test (n INT)';
    await run('databricks.execute_statement', { warehouse_id: emulator().warehouseId, statement });
    const volume = { catalog_name: 'main', schema_name: 'default', name: 'files_of_a_test', volume_type: 'MANAGED' };
    await run('databricks.create_volume', volume);

    const catalogs = await run('databricks.browse_catalog', { kind: 'table' });
    const schemas = await run('databricks.browse_catalog', { kind: 'table', parent: 'main' });

    expect(catalogs.objects).toContainEqual({ name: 'main', full_name: 'main', kind: 'catalog', is_leaf: false });
    expect(schemas.objects).toContainEqual({
      name: 'default',
      full_name: 'main.default',
      kind: 'schema',
      is_leaf: false,
    });
    expect((await run('databricks.browse_catalog', { kind: 'schema', parent: 'main' })).objects).toContainEqual({
      name: 'default',
      full_name: 'main.default',
      kind: 'schema',
      is_leaf: true,
    });
    expect((await run('databricks.browse_catalog', { kind: 'table', parent: 'main.default' })).objects).toEqual([
      { name: 'of_a_test', full_name: 'main.default.of_a_test', kind: 'table', is_leaf: true },
    ]);
    expect((await run('databricks.browse_catalog', { kind: 'volume', parent: 'main.default' })).objects).toEqual([
      { name: 'files_of_a_test', full_name: 'main.default.files_of_a_test', kind: 'volume', is_leaf: true },
    ]);
  });

  test.each(['nowhere', 'main.nowhere'])('finds nothing under %s', async (parent) => {
    expect(await run('databricks.browse_catalog', { kind: 'table', parent })).toEqual({ objects: [], more: false });
  });
});

describe('list_operations', () => {
  test('finds by method and words, without asking the workspace', async () => {
    const bench = openBench({ url: 'http://127.0.0.1:1' });

    const output = await run('databricks.list_operations', { method: 'GET', search: 'clusters LIST' }, bench);

    expect(output.operations).toContainEqual(
      expect.objectContaining({ method: 'GET', path: '/api/2.1/clusters/list' }),
    );
    for (const { method, path, title } of output.operations) {
      expect(method).toBe('GET');
      expect(`${path} ${title}`.toLowerCase()).toMatch(/(?=.*clusters)(?=.*list)/);
    }
    expect(bench.events).toEqual([]);
  });

  test('stops at the limit', async () => {
    const output = await run('databricks.list_operations', { max_items: 2 });

    expect(output.operations).toHaveLength(2);
    expect(output.more).toBe(true);
  });
});

describe('ask_genie', () => {
  test('waits for the answer and brings the rows of its query', async () => {
    const output = await run('databricks.ask_genie', {
      space_id: SPACE,
      content: 'SELECT 41 AS n, CAST(9007199254740993 AS BIGINT) AS big',
    });

    expect(output).toMatchObject({
      status: 'COMPLETED',
      conversation_id: expect.any(String),
      message_id: expect.any(String),
      query: expect.stringContaining('SELECT 41'),
      rows: [{ n: 41, big: '9007199254740993' }],
    });
  });

  test('continues with a conversation', async () => {
    const first = await run('databricks.ask_genie', { space_id: SPACE, content: 'SELECT 1 AS a', max_rows: 0 });

    const second = await run('databricks.ask_genie', {
      space_id: SPACE,
      content: 'SELECT 2 AS a',
      conversation_id: first.conversation_id,
    });

    expect(first).not.toHaveProperty('rows');
    expect(second).toMatchObject({ conversation_id: first.conversation_id, rows: [{ a: 2 }] });
    expect(second.message_id).not.toBe(first.message_id);
  });

  test("ends with Genie's own words when it fails", async () => {
    await expect(run('databricks.ask_genie', { space_id: SPACE, content: 'please fail' })).rejects.toMatchObject({
      code: 'ERR_REMOTE_FAILED',
      upstream: { error_code: 'SQL_EXECUTION_EXCEPTION' },
    });
  });

  test('does not wait when the option says so', async () => {
    const action = await actionOf('databricks.ask_genie');
    const call = callOf(action, { space_id: SPACE, content: 'SELECT 1' }, { options: { wait_for_completion: false } });

    expect((await runToEnd(action, call, openBench(emulator()))).output).toMatchObject({
      message_id: expect.any(String),
      status: 'SUBMITTED',
    });
  });
});
