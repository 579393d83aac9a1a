import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const PATH = '/api/2.0/sql/warehouses';

describe('warehouses', () => {
  let workspace: Client;
  let time = 1_800_000_000_000;
  beforeAll(async () => {
    workspace = await startClient({ now: () => time, transitionMs: 1000 });
  });
  afterAll(() => workspace.close());

  it('go from starting to running, stopping, stopped and away', async () => {
    const { json } = await workspace.send('POST', PATH, {
      name: 'Reports',
      cluster_size: 'Small',
      tags: { custom_tags: [{ key: 'team', value: 'a' }] },
    });
    const state = async () => (await workspace.send('GET', `${PATH}/${json.id}`)).json.state;
    expect(await state()).toBe('STARTING');
    time += 1000;
    expect(await state()).toBe('RUNNING');
    await workspace.send('POST', `${PATH}/${json.id}/stop`);
    expect(await state()).toBe('STOPPING');
    expect((await workspace.send('POST', `${PATH}/${json.id}/start`)).json.error_code).toBe('INVALID_STATE');
    time += 1000;
    expect(await state()).toBe('STOPPED');
    await workspace.send('POST', `${PATH}/${json.id}/start`);
    expect(await state()).toBe('STARTING');

    expect((await workspace.send('DELETE', `${PATH}/${json.id}`)).json).toEqual({});
    expect((await workspace.send('GET', `${PATH}/${json.id}`)).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });

  it('keep what an edit does not name', async () => {
    const { json } = await workspace.send('POST', PATH, { name: 'Edited', cluster_size: 'Small', auto_stop_mins: 30 });
    await workspace.send('POST', `${PATH}/${json.id}/edit`, { name: 'Renamed' });

    expect((await workspace.send('GET', `${PATH}/${json.id}`)).json).toMatchObject({
      name: 'Renamed',
      cluster_size: 'Small',
      auto_stop_mins: 30,
    });
  });

  it('page, and refuse a token with other parameters', async () => {
    const first = await workspace.send('GET', `${PATH}?page_size=1`);
    const second = await workspace.send('GET', `${PATH}?page_size=1&page_token=${first.json.next_page_token}`);

    expect([first.json.warehouses.length, second.json.warehouses.length]).toEqual([1, 1]);
    expect(second.json.warehouses[0].id).not.toBe(first.json.warehouses[0].id);
    expect((await workspace.send('GET', `${PATH}?page_token=nope`)).json.error_code).toBe('INVALID_PARAMETER_VALUE');
  });

  it.each([
    [{}, 'name'],
    [{ name: 'Starter Warehouse' }, 'already exists'],
    [{ name: 'x', cluster_size: 'Huge' }, '2X-Small, X-Small'],
    [{ name: 'x', auto_stop_mins: 5 }, 'auto_stop_mins'],
    [{ name: 'x', min_num_clusters: 3, max_num_clusters: 2 }, 'min_num_clusters'],
    [{ name: 'x', max_num_clusters: 41 }, 'at most 40'],
    [{ name: 'x', warehouse_type: 'FREE' }, 'CLASSIC'],
    [{ name: 'x', size: 'Small' }, "Unknown field 'size'"],
  ])('refuse %j', async (body, named) => {
    const { status, json } = await workspace.send('POST', PATH, body);

    expect(status).toBe(400);
    expect(json.message).toContain(named);
  });

  it('count an effect for each change, and none for a stop of what is stopped', async () => {
    const { json } = await workspace.send('POST', PATH, { name: 'Counted' });
    workspace.requests.clear();
    await workspace.send('POST', `${PATH}/${json.id}/stop`);
    await workspace.send('POST', `${PATH}/${json.id}/stop`);

    expect(workspace.requests.effects()).toEqual({ [`POST ${PATH}/{id}/stop`]: 1 });
    expect(workspace.requests.list({ method: 'POST' }).map((entry) => entry.effect)).toEqual([true, false]);
  });

  it('can be forbidden', async () => {
    workspace.access.forbid('warehouse', workspace.warehouseId);
    const reply = await workspace.send('GET', `${PATH}/${workspace.warehouseId}`);
    workspace.access.allow('warehouse', workspace.warehouseId);

    expect([reply.status, reply.json.error_code]).toEqual([403, 'PERMISSION_DENIED']);
  });
});
