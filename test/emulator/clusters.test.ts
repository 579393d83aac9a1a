import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const PATH = '/api/2.1/clusters';
const SPEC = { spark_version: '16.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 };

describe('clusters', () => {
  let workspace: Client;
  let time = 1_800_000_000_000;
  beforeAll(async () => {
    workspace = await startClient({ now: () => time, transitionMs: 1000 });
  });
  afterAll(() => workspace.close());
  const act = (name: string, cluster_id: string, more: object = {}) =>
    workspace.send('POST', `${PATH}/${name}`, { cluster_id, ...more });
  const create = async (cluster_name: string): Promise<string> =>
    (await workspace.send('POST', `${PATH}/create`, { ...SPEC, cluster_name })).json.cluster_id;
  const get = async (id: string) => (await workspace.send('GET', `${PATH}/get?cluster_id=${id}`)).json;

  it('start, restart, terminate, start again and go away', async () => {
    const id = await create('life');
    expect((await get(id)).state).toBe('PENDING');
    expect((await act('start', id)).json).toEqual({
      error_code: 'INVALID_STATE',
      message: `Cluster ${id} is in unexpected state Pending.`,
    });
    time += 1000;
    expect(await get(id)).toMatchObject({ state: 'RUNNING', cluster_cores: 4, spark_context_id: expect.any(BigInt) });
    await act('restart', id);
    expect((await get(id)).state).toBe('RESTARTING');
    time += 1000;
    await act('delete', id);
    expect((await get(id)).state).toBe('TERMINATING');
    expect((await act('start', id)).json.error_code).toBe('INVALID_STATE');
    time += 1000;
    expect(await get(id)).toMatchObject({
      state: 'TERMINATED',
      termination_reason: { code: 'USER_REQUEST', type: 'SUCCESS' },
    });
    await act('start', id);
    time += 1000;
    expect((await get(id)).state).toBe('RUNNING');
    await act('permanent-delete', id);

    expect((await workspace.send('GET', `${PATH}/get?cluster_id=${id}`)).json).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Cluster ${id} does not exist`,
    });
  });

  it('edit and update their configuration, and restart for it', async () => {
    const id = await create('edited');
    time += 1000;
    await act('update', id, { update_mask: 'autoscale', cluster: { autoscale: { min_workers: 2, max_workers: 4 } } });
    const updated = await get(id);

    expect(updated).toMatchObject({ state: 'RESTARTING', autoscale: { min_workers: 2, max_workers: 4 } });
    expect(updated).not.toHaveProperty('num_workers');
    time += 1000;
    await act('edit', id, { ...SPEC, cluster_name: 'again' });
    expect((await get(id)).cluster_name).toBe('again');
  });

  it('are listed with filters, order and pages; pinned ones stay', async () => {
    const [a, b] = [await create('zz'), await create('aa')];
    time += 1000;
    await act('delete', b);
    await act('pin', b);
    time += 1000;
    const ids = async (query: string) =>
      ((await workspace.send('GET', `${PATH}/list?${query}`)).json.clusters ?? []).map(
        (cluster: { cluster_id: string }) => cluster.cluster_id,
      );

    expect(await ids('filter_by.is_pinned=true')).toEqual([b]);
    expect(await ids('filter_by.cluster_states=RUNNING')).toContain(a);
    expect(await ids('filter_by.cluster_states=TERMINATED&filter_by.cluster_states=ERROR')).toEqual([b]);
    const sorted = await ids('sort_by.field=CLUSTER_NAME');
    expect([sorted[0], sorted.at(-1)]).toEqual([b, a]);
    const first = (await workspace.send('GET', `${PATH}/list?page_size=1`)).json;
    const second = (await workspace.send('GET', `${PATH}/list?page_size=1&page_token=${first.next_page_token}`)).json;
    expect([first.clusters[0].cluster_id, second.prev_page_token]).toEqual([b, expect.any(String)]);
    await act('unpin', b);
    time += 31 * 24 * 3_600_000;
    expect(await ids('')).not.toContain(b);
  });

  it('tell their events, newest first, with a ready-made next page', async () => {
    const id = await create('events');
    time += 1000;
    const first = (await act('events', id, { limit: 2 })).json;
    const rest = (await workspace.send('POST', `${PATH}/events`, first.next_page)).json;

    expect(first).toMatchObject({
      total_count: 3,
      events: [{ type: 'RUNNING' }, { type: 'STARTING' }],
      next_page: { cluster_id: id, offset: 2, limit: 2 },
    });
    expect(rest.events).toMatchObject([{ type: 'CREATING', cluster_id: id }]);
    expect((await act('events', id, { event_types: ['RUNNING'], order: 'ASC' })).json.total_count).toBe(1);
  });

  it('offer node types and Spark versions', async () => {
    const types = (await workspace.send('GET', `${PATH}/list-node-types`)).json.node_types;
    const versions = (await workspace.send('GET', `${PATH}/spark-versions`)).json.versions;

    expect(types.map((type: { node_type_id: string }) => type.node_type_id)).toContain(SPEC.node_type_id);
    expect(versions.map((version: { key: string }) => version.key)).toContain(SPEC.spark_version);
  });

  it.each([
    [{ ...SPEC, spark_version: '1.0' }, 'Invalid spark version 1.0'],
    [{ ...SPEC, node_type_id: 'tiny' }, 'Node type tiny is not supported'],
    [{ spark_version: SPEC.spark_version, num_workers: 1 }, 'node_type_id'],
    [{ ...SPEC, num_workers: undefined }, 'num_workers'],
    [{ ...SPEC, autoscale: { min_workers: 1, max_workers: 2 } }, 'cannot both'],
    [{ ...SPEC, num_workers: undefined, autoscale: { min_workers: 3, max_workers: 2 } }, 'min_workers'],
    [{ ...SPEC, autotermination_minutes: 5 }, 'autotermination_minutes'],
    [{ ...SPEC, aws_attributes: { zone: 'a' } }, "Unknown field 'aws_attributes.zone'"],
    [{ ...SPEC, aws_attributes: { availability: 'CHEAP' } }, 'SPOT'],
    [{ node_type_id: 'm5d.large' }, 'spark_version'],
  ])('refuse %j', async (body, text) => {
    const reply = await workspace.send('POST', `${PATH}/create`, body);

    expect([reply.status, reply.json.message]).toEqual([400, expect.stringContaining(text)]);
  });
});
