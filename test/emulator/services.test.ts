import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient, until } from './client.ts';

describe('other services', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
  });
  afterAll(() => workspace.close());

  it('find statements in the query history by tag, state and time, newest first', async () => {
    const before = Date.now();
    await workspace.sql('SELECT 1', { query_tags: [{ key: 'run', value: 'r1' }, { key: 'bare' }] });
    await workspace.sql('SELEKT');
    const history = async (query: string) =>
      (await workspace.send('GET', `/api/2.0/sql/history/queries?${query}`)).json;
    const all = await history(`filter_by.query_start_time_range.start_time_ms=${before}`);
    const failed = await history('filter_by.statuses=FAILED');

    expect(all.res).toMatchObject([
      { query_text: 'SELEKT', status: 'FAILED', error_message: expect.stringContaining('PARSE_SYNTAX_ERROR') },
      {
        query_text: 'SELECT 1',
        status: 'FINISHED',
        statement_type: 'SELECT',
        rows_produced: 1,
        warehouse_id: workspace.warehouseId,
        query_tags: [{ key: 'run', value: 'r1' }, { key: 'bare' }],
        user_name: 'admin@example.com',
      },
    ]);
    expect(failed.res).toHaveLength(1);
    const page = await history('max_results=1');
    expect([page.has_next_page, page.res.length]).toEqual([true, 1]);
    expect((await history(`max_results=1&page_token=${page.next_page_token}`)).res[0].query_id).not.toBe(
      page.res[0].query_id,
    );
    expect((await history(`filter_by.statement_ids=${page.res[0].query_id}`)).res).toHaveLength(1);
  });

  it('keep permissions of objects', async () => {
    const path = '/api/2.0/permissions/jobs/9007199254740993';
    await workspace.send('PUT', path, {
      access_control_list: [{ user_name: 'admin@example.com', permission_level: 'IS_OWNER' }],
    });
    await workspace.send('PATCH', path, {
      access_control_list: [{ group_name: 'users', permission_level: 'CAN_VIEW' }],
    });
    await workspace.send('PATCH', path, {
      access_control_list: [{ group_name: 'users', permission_level: 'CAN_MANAGE_RUN' }],
    });
    const { json } = await workspace.send('GET', path);

    expect(json).toMatchObject({
      object_id: '/jobs/9007199254740993',
      object_type: 'job',
      access_control_list: [
        { user_name: 'admin@example.com', all_permissions: [{ permission_level: 'IS_OWNER', inherited: false }] },
        { group_name: 'users', all_permissions: [{ permission_level: 'CAN_MANAGE_RUN' }] },
        {
          group_name: 'admins',
          all_permissions: [{ permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: ['/jobs/'] }],
        },
      ],
    });
    expect(
      (
        await workspace.send('GET', `/api/2.0/permissions/sql/warehouses/${workspace.warehouseId}/permissionLevels`)
      ).json.permission_levels.map((level: { permission_level: string }) => level.permission_level),
    ).toContain('CAN_USE');
  });

  it.each([
    ['jobs/1', { access_control_list: [] }, 404, 'job 1 does not exist'],
    ['things/1', { access_control_list: [] }, 400, "'things' is not an object type"],
    [
      'jobs/9007199254740993',
      { access_control_list: [{ user_name: 'nobody@example.com', permission_level: 'CAN_VIEW' }] },
      404,
      'Principal',
    ],
    [
      'jobs/9007199254740993',
      { access_control_list: [{ user_name: 'admin@example.com', permission_level: 'CAN_ATTACH_TO' }] },
      400,
      'CAN_MANAGE_RUN',
    ],
    ['jobs/9007199254740993', { access_control_list: [{ permission_level: 'CAN_VIEW' }] }, 400, 'user_name'],
  ])('refuse permissions of %s %j', async (object, body, status, text) => {
    const reply = await workspace.send('PATCH', `/api/2.0/permissions/${object}`, body);

    expect([reply.status, reply.json.message]).toEqual([status, expect.stringContaining(text)]);
  });

  it('answer queries of serving endpoints', async () => {
    const chat = (
      await workspace.send('POST', '/serving-endpoints/emulator-chat/invocations', {
        messages: [{ role: 'user', content: 'say it again' }],
        max_tokens: 5,
      })
    ).json;
    const sum = (
      await workspace.send('POST', '/serving-endpoints/emulator-sum/invocations', {
        dataframe_records: [{ a: 1, b: 2 }, { a: 5 }],
      })
    ).json;
    const missing = await workspace.send('POST', '/serving-endpoints/nope/invocations', {});

    expect(chat).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'say it again' }, finish_reason: 'stop' }],
      usage: { total_tokens: 6 },
    });
    expect(sum.predictions).toEqual([3, 5]);
    expect([missing.status, missing.json.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect((await workspace.send('POST', '/serving-endpoints/emulator-chat/invocations', {})).status).toBe(400);
    expect((await workspace.send('GET', '/api/2.0/serving-endpoints')).json.endpoints).toHaveLength(2);
  });

  it('answer questions to Genie with SQL that ran', async () => {
    await workspace.sql('CREATE TABLE main.default.orders AS SELECT * FROM range(7)');
    const spaces = '/api/2.0/genie/spaces';
    const [space] = (await workspace.send('GET', spaces)).json.spaces;
    const started = (
      await workspace.send('POST', `${spaces}/${space.space_id}/start-conversation`, {
        content: 'How many orders are there?',
      })
    ).json;
    const path = `${spaces}/${space.space_id}/conversations/${started.conversation_id}/messages`;
    expect(started.message.status).toBe('SUBMITTED');
    const done = (
      await until(
        () => workspace.send('GET', `${path}/${started.message_id}`),
        (reply) => ['COMPLETED', 'FAILED'].includes(reply.json.status),
      )
    ).json;
    const result = (
      await workspace.send(
        'GET',
        `${path}/${started.message_id}/attachments/${done.attachments[0].attachment_id}/query-result`,
      )
    ).json;
    const next = (await workspace.send('POST', path, { content: 'Now fail' })).json;
    const failed = (
      await until(
        () => workspace.send('GET', `${path}/${next.message_id}`),
        (reply) => ['COMPLETED', 'FAILED'].includes(reply.json.status),
      )
    ).json;

    expect(done.attachments[0].query).toMatchObject({
      query: expect.stringContaining('`orders`'),
      query_result_metadata: { row_count: 1 },
    });
    expect(result.statement_response.result.data_array).toEqual([['7']]);
    expect([failed.status, failed.error.error]).toEqual(['FAILED', expect.stringContaining('UNRESOLVED_COLUMN')]);
    expect((await workspace.send('POST', `${spaces}/nope/start-conversation`, { content: 'x' })).status).toBe(404);
    expect((await workspace.send('POST', `${spaces}/${space.space_id}/start-conversation`, {})).json.message).toContain(
      'content',
    );
  });

  it('list the workspaces of the account', async () => {
    const reply = await workspace.send('GET', `/api/2.0/accounts/${workspace.accountId}/workspaces`);

    expect(reply.json).toMatchObject([{ workspace_status: 'RUNNING', account_id: workspace.accountId }]);
    expect((await workspace.send('GET', '/api/2.0/accounts/nope/workspaces')).status).toBe(404);
  });
});
