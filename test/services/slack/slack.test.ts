import { describe, expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication } from '../../../engine/credentials/authentications/authentications.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { testContext } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { openSlack, TOKEN } from './workspace.ts';

const actor = engineActor('acme');

async function link(base_url: string) {
  // The upload URLs of the imitation are at localhost.
  const env = { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*,http://localhost:*' };
  const ctx = await testContext({ env });
  const account = await createLinkedAccount(ctx, actor, { name: 'chat', connector: 'slack', base_url });
  const body = { name: 'bot', kind: 'bot_token', token: TOKEN };
  return { ctx, account, add: () => createAuthentication(ctx, actor, account.id, body) };
}

test('a bot token is tested, says who it is, and its runs post', async () => {
  const { url } = await openSlack();
  const { ctx, account, add } = await link(url);
  const made = await add();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const run = async (action: string, input: object) => {
    const request = { action: `slack.${action}`, linked_account: account.id, input: input as never };
    return ended(ctx, (await submitAction(ctx, 'acme', { request })).id);
  };

  const posted = await run('post_message', { channel: 'C000000001', text: 'hello' });
  const failed = await run('post_message', { channel: 'C999', text: 'hello' });
  const uploaded = await run('upload_file', { filename: 'a.csv', content: 'a,b\n', channel_id: 'C000000001' });

  expect(made).toMatchObject({ kind: 'bot_token', status: 'active', user_name: 'admin' });
  expect(posted).toMatchObject({ status: 'succeeded', output: { channel: 'C000000001' } });
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_UPSTREAM', kind: 'not_found', upstream: { status: 200, error_code: 'channel_not_found' } },
  });
  expect(uploaded).toMatchObject({ status: 'succeeded' });
  expect(JSON.stringify([made, posted, failed, uploaded])).not.toContain(TOKEN);
});

test('a token that Slack refuses with 200 is stored nowhere', async () => {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":false,"error":"invalid_auth"}');
  });
  const { add } = await link(`${server.origin}/api`);

  await expect(add()).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });
});

test.each([
  [
    'delete_message',
    'message_not_found',
    { channel: 'C1', ts: '1.1' },
    { ok: true, channel: 'C1', ts: '1.1', already_deleted: true },
  ],
  [
    'add_reaction',
    'already_reacted',
    { channel: 'C1', timestamp: '1.1', name: 'ok' },
    { ok: true, already_reacted: true },
  ],
])('%s, repeated after its answer was lost, succeeds in spite of %s', async (name, error, input, output) => {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: false, error }));
  });
  const action = await actionOf(`slack.${name}`);

  const done = await runToEnd(action, callOf(action, input), openBench({ url: server.origin }));

  expect(done.output).toEqual(output);
});

describe('a file', () => {
  test.each([
    [503, 'an upload that fails starts over with another URL'],
    [400, 'an upload that is refused fails the run, and nothing was posted'],
  ])('%i: %s', async (status) => {
    const seen: string[] = [];
    const server = await startHttpServer((request, response) => {
      seen.push(request.url!);
      if (request.url!.startsWith('/upload')) return response.writeHead(status).end('invalid_upload');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: true, file_id: 'F1', upload_url: `${server.origin}/upload/1` }));
    });
    const action = await actionOf('slack.upload_file');
    const bench = openBench({ url: server.origin });

    await expect(runToEnd(action, callOf(action, { filename: 'a', content: 'x' }), bench)).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: status === 503 ? 'temporary' : 'failed',
    });
    expect(seen).toEqual(['/files.getUploadURLExternal', '/upload/1']);
    expect(bench.events).not.toContain('launching');
  });

  test.each(['http://files.example/upload', 'ftp://files.example/', 'nonsense', 5])(
    'goes to no upload URL like %j',
    async (upload_url) => {
      const server = await startHttpServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ ok: true, file_id: 'F1', upload_url }));
      });
      const action = await actionOf('slack.upload_file');

      await expect(
        runToEnd(action, callOf(action, { filename: 'a', content: 'x' }), openBench({ url: server.origin })),
      ).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
    },
  );
});
