import { expect, test } from 'vitest';
import { startTestApi, type TestApi } from './client.ts';
import { openDoor } from './door.ts';

const BOARD = '/admin/queues';

/** As a browser sends what a person typed when it asked. */
function basic(key: string, user = 'anyone'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}` };
}

async function look({ origin }: TestApi, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(origin + path, { method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function startBoard() {
  const api = await startTestApi();
  return { ...api, admin: basic(await api.keyOf('admin')) };
}

test('asks a browser for a password, and takes an admin key as such', async () => {
  const board = await startBoard();

  const asked = await look(board, BOARD);
  const shown = await look(board, BOARD, board.admin);

  expect(asked.status).toBe(401);
  expect(asked.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  expect(shown.status).toBe(200);
  expect(shown.text).toContain('Penstock queues');
});

test.each([
  ['a wrong key', async () => basic('psk_wrong-wrong-wrong')],
  ['a lesser role', async (api: TestApi) => basic(await api.keyOf('builder'))],
  ['an admin of another tenant', async (api: TestApi) => basic(await api.keyOf('admin', 'another'))],
])('asks again, and shows nothing, for %s', async (_what, headersOf) => {
  const board = await startBoard();
  const headers = await headersOf(board);

  for (const path of [BOARD, `${BOARD}/api/queues`, `${BOARD}/static/favicon.ico`]) {
    const answer = await look(board, path, headers);

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'ERR_UNAUTHORIZED' });
  }
});

test('counts wrong passwords of an address as wrong keys', async () => {
  const board = await startBoard();
  for (let n = 0; n < 30; n++) await look(board, BOARD, basic(`psk_wrong-number-${n}`));

  const { status, headers } = await look(board, BOARD, board.admin);

  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

test('does not take the password of a browser elsewhere, so that no other site can act with it', async () => {
  const board = await startBoard();

  expect((await look(board, '/v1/runs', board.admin)).status).toBe(401);
});

test('lists the queues with jobs that carry nothing but ids', async () => {
  const board = await startBoard();
  const { body: run } = await board.send('POST', '/v1/runs', {
    body: { action: 'core.file', input: { path: 'canary-path', rows: [{ canary: 'canary-value' }] } },
  });

  const { text } = await look(board, `${BOARD}/api/queues?activeQueue=runs&jobsPerPage=10`, board.admin);

  const { queues } = JSON.parse(text);
  expect(queues.map(({ name }: { name: string }) => name)).toEqual(['runs', 'urgent', 'ticks', 'isolated']);
  expect(queues[0].jobs.map(({ id }: { id: string }) => id)).toEqual([run.id]);
  expect(queues.every(({ readOnlyMode }: { readOnlyMode: boolean }) => readOnlyMode)).toBe(true);
  expect(text).not.toContain('canary');
});

test.each([
  ['PUT', '/api/queues/pause'],
  ['PUT', '/api/queues/runs/pause'],
  ['POST', '/api/queues/runs/add'],
  ['PUT', '/api/queues/runs/empty'],
  ['PUT', '/api/queues/runs/obliterate'],
  ['PUT', '/api/queues/runs/any/clean'],
  ['PATCH', '/api/queues/runs/any/update-data'],
])('has no way to change a job or a queue: %s %s', async (method, path) => {
  const board = await startBoard();

  const { status } = await look(board, BOARD + path, board.admin, method);

  expect(status).toBe(404);
});

test('names every asset that the page asks for, under its own policy', async () => {
  const board = await startBoard();
  const { text, headers } = await look(board, `${BOARD}/queue/runs`, board.admin);

  const assets = [...text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path!);

  expect(text).toContain(`<base href="${BOARD}/" />`);
  expect(assets.length).toBeGreaterThan(4);
  for (const asset of assets) {
    const { status, headers: sent } = await look(board, `${BOARD}/${asset}`, board.admin);
    expect(`${asset} ${status}`).toBe(`${asset} 200`);
    if (asset.endsWith('.js')) expect(sent.get('content-type')).toContain('javascript');
  }
  expect(headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(headers.get('x-frame-options')).toBe('DENY');
});

test('answers 503 while Redis is unavailable', async () => {
  const door = await openDoor();
  const api = await startTestApi({ env: { REDIS_URL: door.url }, prefix: `{board-${process.pid}}:` });
  const admin = basic(await api.keyOf('admin'));
  await look(api, `${BOARD}/api/queues`, admin);

  await door.shut();
  const { status, headers, text } = await look(api, `${BOARD}/api/queues`, admin);

  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('2');
  expect(JSON.parse(text)).toMatchObject({ code: 'ERR_REDIS_UNAVAILABLE' });
});
