import { audit, engineActor } from '../../engine/access/audit.ts';
import { writeRange } from '../../engine/cursors/backfills.ts';
import { writeCursor } from '../../engine/cursors/cursors.ts';
import { emitEvent } from '../../engine/events/life-events.ts';
import { noteResult } from '../../engine/replay/bulk-replay-results.ts';
import type { Run } from '../../engine/runs/run.ts';
import { notePending } from '../../engine/workflows/pending-approvals.ts';
import type { TestApi } from './client.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there
type Item = any;

/** A list with rows that a test adds. */
export interface GrowingList {
  /** Makes what the list belongs to, and gives its path. */
  open(api: TestApi): Promise<string>;
  /** Adds the `n`th row; gives its name as `nameOf` reads it. */
  add(api: TestApi, path: string, n: number): Promise<string>;
  nameOf(item: Item): string;
  /** Takes a row away, where rows can go. */
  remove?(api: TestApi, path: string, name: string): Promise<unknown>;
  /** Two filters of the list. */
  filters?: [string, string];
}

const idOf = ({ id }: Item): string => id;
const WORKFLOW = {
  trigger: { id: 'core.manual' },
  steps: [{ id: 'a', action: 'core.transform', input: { value: 1 } }],
};

/** Sends a request that must succeed. */
async function must(api: TestApi, method: string, path: string, body?: object): Promise<Item> {
  const answer = await api.send(method, path, body === undefined ? {} : { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body;
}

const remove = (api: TestApi, path: string, id: string) => must(api, 'DELETE', `${path}/${id}`);

/** A list whose rows are made and deleted at its own path. */
function ownPath(
  path: string,
  bodyOf: (n: number) => object,
  open: GrowingList['open'] = async () => path,
): GrowingList {
  return { open, nameOf: idOf, remove, add: async (api, at, n) => (await must(api, 'POST', at, bodyOf(n))).id };
}

async function openPolling(api: TestApi): Promise<string> {
  const authentication = { kind: 'pat', host: 'https://adb-1.2.azuredatabricks.net', token: 'dapi-x', test: false };
  await must(api, 'POST', '/v1/linked_accounts', { name: 'demo', authentication });
  const input = { warehouse_id: 'w', table: 'a.b.c', cursor_column: 'n', cursor_type: 'BIGINT' };
  const { id } = await must(api, 'POST', '/v1/workflows', {
    ...WORKFLOW,
    name: 'sync',
    enabled: false,
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: 'demo',
      input: { ...input, key_column: 'k', key_type: 'BIGINT', every_seconds: 3600 },
    },
  });
  return `/v1/workflows/${id}`;
}

/** Every list with rows that come. A list of the API that is neither here nor among FIXED_LISTS fails the test. */
export const GROWING_LISTS: Record<string, GrowingList> = {
  '/v1/linked_accounts': ownPath('/v1/linked_accounts', (n) => ({ name: `account ${n}` })),
  '/v1/linked_accounts/{id}/authentications': ownPath(
    '',
    (n) => ({
      name: `a${n}`,
      kind: 'pat',
      host: 'https://adb-1.2.azuredatabricks.net',
      token: `dapi-${n}`,
      test: false,
    }),
    async (api) => {
      const { id } = await must(api, 'POST', '/v1/linked_accounts', { name: 'one' });
      return `/v1/linked_accounts/${id}/authentications`;
    },
  ),
  '/v1/oauth_apps': ownPath('/v1/oauth_apps', (n) => ({ name: `app ${n}`, account_id: 'a', client_id: `c${n}` })),
  '/v1/tenants': ownPath('/v1/tenants', (n) => ({ name: `tenant ${n}` })),
  '/v1/api_keys': ownPath('/v1/api_keys', (n) => ({ name: `key ${n}`, role: 'viewer' })),
  '/v1/webhook_endpoints': ownPath('/v1/webhook_endpoints', (n) => ({ url: `http://127.0.0.1:1/${n}` })),
  '/v1/webhook_endpoints/{id}/deliveries': {
    async open(api) {
      const { id } = await must(api, 'POST', '/v1/webhook_endpoints', { url: 'http://127.0.0.1:1/hook' });
      return `/v1/webhook_endpoints/${id}/deliveries`;
    },
    add: async (api, path) => (await must(api, 'POST', path.replace('/deliveries', '/test'))).id,
    nameOf: ({ run }) => run,
  },
  '/v1/workflows': ownPath('/v1/workflows', (n) => ({ ...WORKFLOW, name: `workflow ${n}` })),
  '/v1/workflows/{id}/versions': {
    async open(api) {
      const { id } = await must(api, 'POST', '/v1/workflows', { ...WORKFLOW, name: 'versions' });
      return `/v1/workflows/${id}/versions`;
    },
    async add(api, path, n) {
      const body = { ...WORKFLOW, name: `versions ${n}` };
      return String((await must(api, 'PUT', path.replace('/versions', ''), body)).version);
    },
    nameOf: ({ version }) => String(version),
  },
  '/v1/runs': {
    open: async () => '/v1/runs',
    add: async (api) => (await must(api, 'POST', '/v1/runs', { action: 'core.transform', input: { value: 1 } })).id,
    nameOf: idOf,
    remove: ({ ctx, tenant }, _, id) => ctx.redis.zrem(ctx.keys.runs(tenant), id),
    filters: ['action=core.transform', 'status=queued'],
  },
  '/v1/approvals': {
    open: async () => '/v1/approvals',
    async add(api) {
      const { id } = await must(api, 'POST', '/v1/runs', { action: 'core.approve', input: { message: 'Go?' } });
      await notePending(api.ctx, { id, tenant: api.tenant } as Run);
      return id;
    },
    nameOf: idOf,
    remove: ({ ctx, tenant }, _, id) => ctx.redis.zrem(ctx.keys.pendingApprovals(tenant), id),
  },
  '/v1/audit': {
    open: async () => '/v1/audit',
    async add({ ctx, tenant }, _, n) {
      const target = { kind: 'x', id: `row ${n}` };
      await audit(ctx, engineActor(tenant), { action: 'workflow.update', target });
      return target.id;
    },
    nameOf: ({ target }) => target.id,
  },
  '/v1/events': {
    open: async () => '/v1/events',
    async add({ ctx, tenant }, _, n) {
      await emitEvent(ctx, tenant, { type: 'run.failed', data: { n } });
      return `event ${n}`;
    },
    nameOf: ({ data }) => `event ${data.n}`,
    filters: ['type=run.failed', 'type=trigger.paused'],
  },
  '/v1/replays': {
    open: async () => '/v1/replays',
    async add(api, _, n) {
      const body = { filter: { code: `ERR_${n}` } };
      const { confirm } = await must(api, 'POST', '/v1/runs/replay', body);
      return (await must(api, 'POST', '/v1/runs/replay', { ...body, confirm })).id;
    },
    nameOf: idOf,
    remove: ({ ctx, tenant }, _, id) => ctx.redis.zrem(ctx.keys.objects('replay', tenant), id),
  },
  '/v1/replays/{id}/results': {
    async open(api) {
      const body = { filter: { code: 'ERR_TIMEOUT' } };
      const { confirm } = await must(api, 'POST', '/v1/runs/replay', body);
      return `/v1/replays/${(await must(api, 'POST', '/v1/runs/replay', { ...body, confirm })).id}/results`;
    },
    async add({ ctx, tenant }, path, n) {
      const id = path.split('/').at(-2)!;
      await ctx.redis.rpush(ctx.keys.other('replay-pending', id), `run_${n}`);
      await noteResult(ctx, { id, tenant }, { run: `run_${n}`, replay: `run_again_${n}` });
      return `run_${n}`;
    },
    nameOf: ({ run }) => run,
  },
  '/v1/workflows/{id}/cursor/history': {
    open: async (api) => `${await openPolling(api)}/cursor/history`,
    async add({ ctx }, path, n) {
      await writeCursor(ctx, path.split('/')[3]!, { position: { value: String(n), key: null }, by: 'me' });
      return String(n);
    },
    nameOf: ({ value }) => value,
  },
  '/v1/workflows/{id}/backfills': {
    open: async (api) => `${await openPolling(api)}/backfills`,
    async add({ ctx, tenant }, path, n) {
      const workflow = path.split('/')[3]!;
      const id = `rng_${n}`;
      const times = { status: 'running' as const, created_at: ctx.clock.now() };
      const from = { position: { value: '0', key: null }, by: 'me' };
      await writeRange(ctx, { id, tenant, workflow, after: null, until: '9', ...times }, from);
      return id;
    },
    nameOf: idOf,
    remove: ({ ctx }, path, id) => ctx.redis.zrem(ctx.keys.objects('range', path.split('/')[3]!), id),
  },
};

/** Lists of what the release, or a service, has: by id, since they have no times. Two filters where there are some. */
export const FIXED_LISTS: Record<string, { filters?: [string, string]; hasOneRow?: true }> = {
  '/v1/connectors': {},
  '/v1/actions': { filters: ['search=list', 'search=list&group=Jobs'] },
  '/v1/triggers': { filters: ['connector=core', 'connector=databricks'] },
  '/v1/oauth_app_templates': { hasOneRow: true },
};

/** Lists that have tests of their own, since a service answers them. */
export const ASKING_LISTS = [
  '/v1/linked_accounts/{id}/authentications/{auth_id}/workspaces',
  '/v1/actions/{id}/options',
  '/v1/triggers/{id}/options',
];
