import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { submitAction } from '../../engine/runs/submit.ts';
import { startWorker } from '../../engine/worker.ts';
import { startTestApi } from '../api/client.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { ended } from '../workspace.ts';

const FOLDER = fileURLToPath(new URL('../../examples/connectors/gitea', import.meta.url));

interface Webhook {
  id: number;
  type: string;
  active: boolean;
  events: string[];
  config: { url: string; content_type: string; secret: string };
}

/** A repository as Gitea keeps it: 50 webhooks of others, in pages without a Link header, and 60 issues in pages with one. Anything else fails the test. */
async function startGitea() {
  const others = Array.from({ length: 50 }, (_, index): Webhook => {
    const config = { url: `https://ci.example/${index}`, content_type: 'json', secret: '' };
    return { id: 100 + index, type: 'gitea', active: true, events: ['push'], config };
  });
  const webhooks: Webhook[] = [];
  const server = await startHttpServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, server.origin);
    const send = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(body === undefined ? undefined : JSON.stringify(body));
    if (request.headers.authorization !== 'token gitea-canary') return send(401, { message: 'token is required' });
    const text = await readBody(request);
    const body = text === '' ? {} : JSON.parse(text);
    const id = Number(pathname.split('/').at(-1));
    switch (`${request.method} ${pathname.replace(/\d+$/, 'ID')}`) {
      case 'GET /api/v1/repos/acme/site/hooks': {
        const [page, limit] = [Number(searchParams.get('page')), Number(searchParams.get('limit'))];
        expect(limit).toBe(50);
        return send(200, [...others, ...webhooks].slice((page - 1) * limit, page * limit));
      }
      case 'POST /api/v1/repos/acme/site/hooks':
        webhooks.push({ ...body, id: 7 });
        return send(201, webhooks.at(-1));
      case 'PATCH /api/v1/repos/acme/site/hooks/ID':
        Object.assign(webhooks.find((webhook) => webhook.id === id)!, body);
        return send(200, webhooks[0]);
      case 'DELETE /api/v1/repos/acme/site/hooks/ID':
        webhooks.splice(0);
        return send(204);
      case 'GET /api/v1/repos/acme/site/issues': {
        const [page, limit] = [Number(searchParams.get('page') ?? 1), Number(searchParams.get('limit'))];
        expect([searchParams.get('type'), searchParams.get('state'), limit]).toEqual(['issues', 'open', 50]);
        const all = Array.from({ length: 60 }, (_, index) => ({ id: 7000 + index, number: index + 1, title: 'x' }));
        searchParams.set('page', String(page + 1));
        const next = { link: `<${server.origin}${pathname}?${searchParams}>; rel="next"` };
        return send(200, all.slice((page - 1) * limit, page * limit), page === 1 ? next : {});
      }
      default:
        throw new Error(`${request.method} ${pathname} is not asked for`);
    }
  });
  return { origin: server.origin, webhooks };
}

test('a connector that is data alone adds its webhook, takes deliveries, removes it, and reads lists in pages', async () => {
  const gitea = await startGitea();
  const env = {
    PENSTOCK_CONNECTORS: FOLDER,
    PENSTOCK_ALLOWED_HOSTS: gitea.origin,
    PENSTOCK_PUBLIC_URL: 'https://penstock.example.com',
  };
  const { ctx, origin, send } = await startTestApi({ role: 'worker', env, context: { manifests: undefined } });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const authentication = { name: 'token', kind: 'token', token: 'gitea-canary', test: false };
  const account = { name: 'gitea', connector: 'gitea', base_url: `${gitea.origin}/api/v1`, authentication };
  const linked = await send('POST', '/v1/linked_accounts', { body: account });
  const trigger = { id: 'gitea.push', linked_account: 'gitea', input: { owner: 'acme', repo: 'site' } };
  const steps = [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.body.ref }}' } }];

  const { body: workflow } = await send('POST', '/v1/workflows', { body: { name: 'w', trigger, steps } });
  const [webhook] = structuredClone(gitea.webhooks);
  const text = '{"ref":"refs/heads/main"}';
  const deliver = async (event: string, signature: string) =>
    fetch(`${origin}${new URL(webhook!.config.url).pathname}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gitea-event': event,
        'x-gitea-delivery': event,
        'x-gitea-signature': signature,
      },
      body: text,
    });
  const signature = createHmac('sha256', webhook!.config.secret).update(text).digest('hex');
  const { run } = (await (await deliver('push', signature)).json()) as { run: string };
  const [other, forged] = [await deliver('issues', signature), await deliver('push', signature.replace(/./g, '0'))];
  const shown = await send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });
  const request = {
    action: 'gitea.list_issues',
    linked_account: linked.body.id,
    input: { owner: 'acme', repo: 'site' },
  };
  const listed = await ended(ctx, (await submitAction(ctx, 'default', { request })).id);
  const again = await send('POST', `/v1/workflows/${workflow.id}/enable`);
  const twice = gitea.webhooks.length;
  await send('POST', `/v1/workflows/${workflow.id}/disable`);

  expect(webhook).toMatchObject({ type: 'gitea', active: true, events: ['push'], config: { url: workflow.url } });
  expect(shown.body).toMatchObject({ status: 'succeeded', output: { value: 'refs/heads/main' } });
  expect([other.status, forged.status]).toEqual([200, 401]);
  expect(listed).toMatchObject({ status: 'succeeded', output: { more: false } });
  expect((listed.output as { issues: object[] }).issues).toHaveLength(60);
  // The one beyond the first page is found, not added again.
  expect([again.status, twice]).toEqual([200, 1]);
  expect(gitea.webhooks).toEqual([]);
});
