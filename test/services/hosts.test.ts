import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../connector/manifest.ts';
import { actionOf, callOf, openBench, runToEnd } from '../actions/harness.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { openS3 } from './s3/server.ts';

const TOKEN = 'token-canary';
const JSON_TYPE = { 'content-type': 'application/json' };

/** A server that is none of the service's, and what it got. */
async function startOther() {
  const seen: { headers: IncomingMessage['headers']; url: string; body: string }[] = [];
  const server = await startHttpServer(async (request, response) => {
    seen.push({ headers: request.headers, url: request.url!, body: String(await readBody(request)) });
    response.writeHead(200, JSON_TYPE).end('{"ok":true}');
  });
  return { origin: server.origin, seen };
}

async function run(id: string, input: JsonObject, url: string): Promise<unknown> {
  const action = await actionOf(id);
  return runToEnd(action, callOf(action, input), openBench({ url, token: TOKEN }));
}

describe.each<[id: string, input: JsonObject]>([
  ['github.get_issue', { owner: 'octocat', repo: 'hello', issue_number: 1 }],
  ['github.create_issue', { owner: 'octocat', repo: 'hello', title: 'x' }],
  ['github.http_request', { path: '/user' }],
  ['slack.post_message', { channel: 'C1', text: 'x' }],
  ['slack.upload_file', { filename: 'a', content: 'x' }],
  ['http.request', { path: '/orders' }],
  ['http.request', { method: 'POST', path: '/orders', body: { id: 1 } }],
  ['databricks.get_user', { id: '1' }],
])('%s %j', (id, input) => {
  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) to another host is an error; that host gets nothing',
    async (status) => {
      const other = await startOther();
      const service = await startHttpServer((_request, response) =>
        response.writeHead(status, { location: `${other.origin}/elsewhere` }).end(),
      );

      await expect(run(id, input, service.origin)).rejects.toMatchObject({ code: 'ERR_REDIRECTED' });
      expect(other.seen).toEqual([]);
    },
  );
});

test.each([301, 307])('s3: a redirect (%i) to another host is an error; that host gets nothing', async (status) => {
  const other = await startOther();
  const { access } = await openS3((_request, response) => {
    const error = '<Error><Code>TemporaryRedirect</Code><Message>Please re-send this request</Message></Error>';
    response.writeHead(status, { location: `${other.origin}/results`, 'content-type': 'application/xml' }).end(error);
    return true;
  });

  for (const [name, input] of [
    ['list_objects', { bucket: 'results' }],
    ['put_object', { bucket: 'results', key: 'k', content: 'x' }],
  ] as const) {
    const action = await actionOf(`s3.${name}`);
    const outcome = runToEnd(action, callOf(action, input), openBench({ url: '', login: access }));
    await expect(outcome).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
  }
  expect(other.seen).toEqual([]);
});

test.each<[id: string, input: JsonObject, next: (url: string) => { headers?: object; body: unknown }]>([
  [
    'github.list_repository_issues',
    { owner: 'a', repo: 'b' },
    (url) => ({ headers: { link: `<${url}>; rel="next"` }, body: [] }),
  ],
  [
    'github.list_pull_requests',
    { owner: 'a', repo: 'b' },
    (url) => ({ headers: { link: `<${url}>; rel="next"` }, body: [] }),
  ],
  [
    'http.request',
    { path: '/orders', pages: { style: 'link_header' } },
    (url) => ({ headers: { link: `<${url}>; rel="next"` }, body: [] }),
  ],
  [
    'http.request',
    { path: '/orders', pages: { style: 'link', items: 'items', next: 'next' } },
    (url) => ({ body: { items: [], next: url } }),
  ],
])('%s %j: a next page at another host is not asked for', async (id, input, next) => {
  const other = await startOther();
  for (const url of [`${other.origin}/more`, `//${new URL(other.origin).host}/more`]) {
    const service = await startHttpServer((_request, response) => {
      const { headers = {}, body } = next(url);
      response.writeHead(200, { ...JSON_TYPE, ...headers }).end(JSON.stringify(body));
    });

    await expect(run(id, input, service.origin), url).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
  }
  expect(other.seen).toEqual([]);
});

test('slack: the upload URL of another host gets the bytes, and no word of the token', async () => {
  const other = await startOther();
  const asked: string[] = [];
  const service = await startHttpServer((request, response) => {
    asked.push(String(request.headers.authorization));
    const answer = { ok: true, file_id: 'F1', upload_url: `${other.origin}/upload/1`, files: [{ id: 'F1' }] };
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(answer));
  });

  await run('slack.upload_file', { filename: 'a', content: 'the bytes' }, service.origin);

  expect(asked).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
  expect(other.seen).toHaveLength(1);
  expect(other.seen[0]!.body).toContain('the bytes');
  expect(JSON.stringify(other.seen)).not.toContain(TOKEN);
});
