import { expect, test } from 'vitest';
import { testClock } from '../context.ts';
import { startTestApi, type TestApi } from './client.ts';
import { ASKING_LISTS, FIXED_LISTS, GROWING_LISTS, type GrowingList } from './list-cases.ts';
import { openApiWorkspace } from './workspace.ts';

const JSON_LIST = { accept: 'application/json' };
const get = (api: TestApi, path: string, query: string, key?: string) =>
  api.send('GET', `${path}?${query}`, { headers: JSON_LIST, ...(key === undefined ? {} : { key }) });

/** The rows of the pages that are left, as the test names them. */
async function rest(api: TestApi, path: string, nameOf: GrowingList['nameOf'], from: string | null, limit = 2) {
  const names: string[] = [];
  for (let cursor = from; cursor !== null; ) {
    const { body } = await get(api, path, `limit=${limit}&cursor=${cursor}`);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    names.push(...body.items.map(nameOf));
    cursor = body.next_cursor;
  }
  return names;
}

test('every list of the API takes limit and cursor, answers next_cursor, and is tested here', async () => {
  const api = await startTestApi();
  const { paths } = (await api.send('GET', '/openapi.json')).body;

  const lists = Object.entries<Record<string, unknown>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const text = JSON.stringify(operation);
      const isList = /"next_cursor"|schemas\/Options"/.test(text);
      return isList
        ? [{ path, hasPaging: method === 'post' || /"name":"limit".*"name":"cursor"/.test(text), text }]
        : [];
    }),
  );

  expect(lists.filter(({ hasPaging }) => !hasPaging)).toEqual([]);
  expect(lists.filter(({ text }) => text.includes('"next_cursor":{"type":"null"}'))).toEqual([]);
  expect(lists.map(({ path }) => path).sort()).toEqual(
    [...Object.keys(GROWING_LISTS), ...Object.keys(FIXED_LISTS), ...ASKING_LISTS].sort(),
  );
});

/** Rows of these have the name of something else: of the workflow, or at the service that is asked. */
const FOREIGN_NAMES = ['/v1/workflows/{id}/versions', '/v1/linked_accounts/{id}/authentications/{auth_id}/workspaces'];

test('every list of what has a name takes `name`', async () => {
  const api = await startTestApi();
  const { paths, components } = (await api.send('GET', '/openapi.json')).body;

  // biome-ignore lint/suspicious/noExplicitAny: OpenAPI's own structure
  const gets = Object.entries<any>(paths).flatMap(([path, { get }]) => (get === undefined ? [] : [{ path, get }]));
  const named = gets.filter(({ get }) => {
    const items = get.responses['200']?.content?.['application/json']?.schema?.properties?.items?.items;
    return components.schemas[items?.$ref?.split('/').at(-1)]?.properties?.name !== undefined;
  });
  const without = named.filter(({ get }) => !get.parameters.some(({ name }: { name: string }) => name === 'name'));

  expect(named.length).toBeGreaterThan(6);
  expect(without.map(({ path }) => path).sort()).toEqual(FOREIGN_NAMES.toSorted());
});

test.each(Object.entries(GROWING_LISTS))('%s shows each row that stays once, newest first', async (_, list) => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const path = await list.open(api);
  const names: string[] = [];
  const add = async () => {
    clock.advance(1);
    names.push(await list.add(api, path, names.length + 1));
  };
  for (let n = 0; n < 6; n += 1) await add();
  const [one, two, three, four, five, six] = names as [string, string, string, string, string, string];

  const first = await get(api, path, 'limit=2');
  await add();
  if (list.remove !== undefined) for (const gone of [five, two]) await list.remove(api, path, gone);
  const left = await rest(api, path, list.nameOf, first.body.next_cursor);

  expect(first.body.items.map(list.nameOf)).toEqual([six, five]);
  const stayed = list.remove === undefined ? [four, three, two, one] : [four, three, one];
  expect(left.filter((name) => names.includes(name))).toEqual(stayed);
});

test.each(Object.entries(GROWING_LISTS).filter(([path]) => !/audit|events|replays/.test(path)))(
  '%s shows each row once when all are of one millisecond',
  async (_, list) => {
    const api = await startTestApi({ context: { clock: testClock() } });
    const path = await list.open(api);
    const names: string[] = [];
    for (let n = 1; n <= 7; n += 1) names.push(await list.add(api, path, n));

    const first = await get(api, path, 'limit=3');
    names.push(await list.add(api, path, 8));
    const shown = [
      ...first.body.items.map(list.nameOf),
      ...(await rest(api, path, list.nameOf, first.body.next_cursor)),
    ];

    expect(new Set(shown).size).toBe(shown.length);
    expect(shown).toEqual(expect.arrayContaining(names.slice(0, 7)));
  },
);

test.each(Object.keys(FIXED_LISTS))('%s is in the order of its ids, over pages of any size', async (path) => {
  const api = await startTestApi();
  const whole = await get(api, path, 'limit=200');
  const ids = whole.body.items.map(({ id }: { id: string }) => id);
  const first = await get(api, path, 'limit=1');

  expect(ids).toEqual([...ids].sort());
  expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 1));
  expect(await rest(api, path, ({ id }) => id, first.body.next_cursor, 60)).toEqual(
    whole.body.next_cursor === null ? ids.slice(1) : expect.arrayContaining(ids.slice(1)),
  );
});

test('the workspaces of an account are a list like any other', async () => {
  const { emulator, account, ...api } = await openAccountLevel();

  const listed = await get(api, account, 'limit=1');
  const wrong = await get(api, account, 'cursor=nonsense');

  expect(listed.body).toMatchObject({ items: [{ name: 'emulator', host: emulator.url }], next_cursor: null });
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor' }] } });
});

const ALL_LISTS = [
  ...Object.entries(GROWING_LISTS),
  ...Object.entries(FIXED_LISTS)
    .filter(([, { hasOneRow }]) => hasOneRow !== true)
    .map(([path, list]) => [path, { open: async () => path, ...list }] as const),
];

test.each(ALL_LISTS)(
  '%s refuses the cursor of another list, filter or tenant, and one that was changed',
  async (_, list) => {
    const api = await startTestApi();
    const path = await list.open(api);
    if ('add' in list) for (let n = 1; n <= 3; n += 1) await list.add(api, path, n);
    const query = list.filters?.[0] ?? '';
    const { next_cursor: cursor } = (await get(api, path, `${query}&limit=1`)).body;
    const other = (await get(api, path === '/v1/actions' ? '/v1/triggers' : '/v1/actions', 'limit=1')).body.next_cursor;
    const refused = (message: unknown) => ({ status: 400, body: { errors: [{ pointer: '/cursor', message }] } });
    const elsewhere = refused(expect.stringMatching(/^belongs to another list, filter or tenant/));

    expect(cursor).toMatch(/^[\w-]{16,}$/);
    expect(await get(api, path, `${query}&limit=2&cursor=${cursor}`)).toMatchObject({ status: 200 });
    expect(await get(api, path, `${query}&cursor=${other}`)).toMatchObject(elsewhere);
    if (list.filters !== undefined)
      expect(await get(api, path, `${list.filters[1]}&cursor=${cursor}`)).toMatchObject(elsewhere);
    const stranger = await api.keyOf('admin', 'other');
    expect(await get(api, path, `${query}&cursor=${cursor}`, stranger)).toMatchObject(elsewhere);
    for (const changed of ['nonsense', cursor.slice(0, -1), `${cursor}A`, `A${cursor}`, `${cursor}=`, `${cursor}%00`])
      expect([changed, await get(api, path, `${query}&cursor=${changed}`)]).toMatchObject([
        changed,
        refused('is not one that Penstock gave'),
      ]);
    for (const limit of ['0', '201', 'x'])
      expect(await get(api, path, `limit=${limit}`)).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: '/limit' }] },
      });
  },
);

async function openAccountLevel() {
  const api = await openApiWorkspace({ kind: 'pat' });
  const { emulator, account } = api.workspace;
  const { url: host, accountId: account_id, clientId: client_id, clientSecret: client_secret } = emulator;
  const path = `/v1/linked_accounts/${account}/authentications`;
  const body = { name: 'account', kind: 'oauth_m2m', host, account_id, client_id, client_secret };
  const { id } = (await api.send('POST', path, { body })).body;
  return { ...api, emulator, account: `${path}/${id}/workspaces` };
}
