import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const ME = '/api/2.0/preview/scim/v2/Me';
const RUN_NOW = '/api/2.2/jobs/run-now';

describe('faults', () => {
  let workspace: Client;
  // One for each test: a request that a fault keeps open, or cuts, ends some time after its test.
  beforeEach(async () => {
    workspace = await startClient();
  });
  afterEach(() => workspace.close());
  const get = () => workspace.send('GET', ME);

  it('strike the ordered number of requests, after those to skip', async () => {
    workspace.faults.add({ match: { method: 'GET', path: '/Me$' }, skip: 1, times: 2, fault: { status: 503 } });

    expect([(await get()).status, (await get()).status, (await get()).status, (await get()).status]).toEqual([
      200, 503, 503, 200,
    ]);
    expect(workspace.faults.list()).toMatchObject([{ struck: 2 }]);
  });

  it('answer 429 with Retry-After, before any effect', async () => {
    workspace.faults.add({ match: { path: 'run-now' }, fault: { status: 429, retry_after: 7 } });
    const reply = await workspace.send('POST', RUN_NOW, { job_id: 9007199254740993n });

    expect([reply.status, reply.headers.get('retry-after'), reply.json.error_code]).toEqual([
      429,
      '7',
      'REQUEST_LIMIT_EXCEEDED',
    ]);
    expect(workspace.requests.effects()).toEqual({});
    expect(workspace.requests.list()[0]).toMatchObject({
      effect: false,
      fault: expect.stringContaining('429'),
      body: { job_id: 9007199254740993n },
    });
  });

  it('answer an error although the effect happened', async () => {
    workspace.faults.add({ match: { path: 'run-now' }, fault: { status: 500, effect: true } });
    const reply = await workspace.send('POST', RUN_NOW, { job_id: 9007199254740993n });

    expect(reply.status).toBe(500);
    expect(workspace.requests.effects()).toEqual({ [`POST ${RUN_NOW}`]: 1 });
  });

  it.each([
    ['before', {}],
    ['after', { [`POST ${RUN_NOW}`]: 1 }],
  ] as const)('drop the connection %s the effect', async (drop, effects) => {
    workspace.faults.add({ match: { path: 'run-now' }, fault: { drop } });

    await expect(workspace.send('POST', RUN_NOW, { job_id: 9007199254740993n })).rejects.toThrow();
    expect(workspace.requests.effects()).toEqual(effects);
  });

  it.each([
    ['expired_token', { expired_token: true }, 403, 'Invalid access token.'],
    ['token_refused', { token_refused: true }, 401, 'Credential was not sent'],
    [
      'a code and details',
      { status: 400, error_code: 'QUOTA_EXCEEDED', message: 'no more', details: [{ '@type': 'x' }] },
      400,
      'no more',
    ],
  ])('answer %s in Databricks’ shape', async (_name, fault, status, message) => {
    workspace.faults.add({ fault });
    const reply = await get();

    expect(reply.status).toBe(status);
    expect(reply.json.message).toContain(message);
    expect(reply.json.details).toEqual('details' in fault ? fault.details : undefined);
  });

  it('answer HTML, nothing, or any text', async () => {
    workspace.faults.add({ fault: { html: true, message: 'Sign in' } });
    workspace.faults.add({ fault: { empty: true, status: 502 } });
    workspace.faults.add({ fault: { body: '{"broken": ', headers: { 'x-test': 'yes' } } });
    const [html, empty, text] = [await get(), await get(), await get()];

    expect([html.status, html.headers.get('content-type'), html.text.includes('<pre>Sign in</pre>')]).toEqual([
      200,
      'text/html; charset=utf-8',
      true,
    ]);
    expect([empty.status, empty.text]).toEqual([502, '']);
    expect([text.text, text.headers.get('x-test')]).toEqual(['{"broken": ', 'yes']);
  });

  it('cut an answer short', async () => {
    workspace.faults.add({ fault: { truncate: true } });

    await expect(get()).rejects.toThrow();
  });

  it('never end an answer', async () => {
    workspace.faults.add({ fault: { never_end: true } });
    const controller = new AbortController();
    const response = await fetch(workspace.url + ME, {
      headers: { authorization: `Bearer ${workspace.token}` },
      signal: controller.signal,
    });
    const text = response.text();
    // An answer that ended would have come before that of a later request.
    await get();
    controller.abort();

    expect(response.status).toBe(200);
    await expect(text).rejects.toThrow(/abort/i);
  });

  it('delay an answer', async () => {
    workspace.faults.add({ times: 1, fault: { delay_ms: 1000 } });
    const order: string[] = [];
    const delayed = get().then(() => order.push('delayed'));
    while (workspace.faults.list()[0]?.struck !== 1) await new Promise(setImmediate);

    await get().then(() => order.push('later'));
    await delayed;

    expect(order).toEqual(['later', 'delayed']);
  });

  it('are ordered, listed and lifted over HTTP, without a token', async () => {
    const post = (body: object) =>
      fetch(`${workspace.url}/__emulator/faults`, { method: 'POST', body: JSON.stringify(body) });
    expect((await post({ match: { path: 'Me' }, times: 0, fault: { status: 418 } })).status).toBe(200);
    expect((await get()).status).toBe(418);
    expect(
      ((await (await fetch(`${workspace.url}/__emulator/faults`)).json()) as { faults: object[] }).faults,
    ).toHaveLength(1);
    await fetch(`${workspace.url}/__emulator/faults`, { method: 'DELETE' });
    expect((await get()).status).toBe(200);

    const wrong = await post({ fault: { explode: true } });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining("Unknown fault 'explode'")]);
    expect((await post({ match: { path: '(' }, fault: { status: 500 } })).status).toBe(400);
  });

  it('leave a log of what reached the wire', async () => {
    await workspace.send(
      'POST',
      '/api/2.0/sql/statements?x=1&x=2',
      { statement: 'SELECT 1', warehouse_id: workspace.warehouseId },
      { 'x-mark': 'here' },
    );
    const { requests } = (await (await fetch(`${workspace.url}/__emulator/requests?method=POST`)).json()) as {
      requests: object[];
    };

    expect(requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/2.0/sql/statements',
        query: { x: ['1', '2'] },
        headers: { 'x-mark': 'here', authorization: 'Bearer ***' },
        body: { statement: 'SELECT 1' },
        status: 400,
        effect: false,
      },
    ]);
  });

  it('answer an unknown path as an endpoint that is not there', async () => {
    const reply = await workspace.send('GET', '/api/2.0/nothing/here');

    expect([reply.status, reply.json]).toEqual([
      404,
      { error_code: 'ENDPOINT_NOT_FOUND', message: "No API found for 'GET /api/2.0/nothing/here'." },
    ]);
    expect((await workspace.send('PUT', ME, {})).json.error_code).toBe('ENDPOINT_NOT_FOUND');
    expect((await workspace.send('GET', `${ME}?nope=1`)).json.detail).toContain("Unknown query parameter 'nope'");
  });
});
