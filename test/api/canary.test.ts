import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../emulator/server.ts';
import { createLogger } from '../../engine/process/log.ts';
import { startTestApi } from './client.ts';
import { everythingIn } from './dump.ts';

/** Base64, as such a secret must be; it says canary all the same. */
const HOOK_SECRET = 'whsec_canaryHookSecret5e6f0acanary5e6f0a==';

test('lets no secret into an answer, a log line at any level, or Redis in the clear', async () => {
  const { send, emulator, logged, stored, answers } = await openWatched();
  const canary = (name: string) => `canary-${name}-5e6f0a`;
  const once = { 'idempotency-key': 'one' };

  await send('POST', '/v1/linked_accounts', {
    headers: once,
    body: {
      name: 'stored',
      authentication: {
        kind: 'oauth_m2m',
        host: emulator.url,
        client_id: 'c',
        client_secret: canary('m2m'),
        test: false,
      },
    },
  });
  const account = '/v1/linked_accounts/stored/authentications';
  await send('POST', account, { body: { name: 'p', kind: 'pat', host: emulator.url, token: canary('refused') } });
  await send('POST', account, { body: { name: 'p', kind: 'pat', host: emulator.url, token: 7, x: canary('wrong') } });
  await send('POST', account, {
    body: { name: 'p', kind: 'pat', host: emulator.url, token: canary('pat'), test: false },
  });
  await send('POST', account, { body: `{"token": "${canary('not-json')}", ` });
  await send('POST', '/v1/oauth_apps', {
    body: { name: 'app', host: emulator.url, client_id: 'c', client_secret: canary('app') },
  });
  await send('POST', '/v1/runs', {
    headers: { 'idempotency-key': 'two' },
    body: {
      action: 'core.webhook',
      input: { url: 'https://example.com', body: {}, secret: HOOK_SECRET },
    },
  });
  await send('GET', '/v1/runs', { key: canary('key') });
  await send('GET', `/v1/runs?cursor=x&${canary('query')}=1`);
  for (const path of ['/v1/linked_accounts', account, '/v1/oauth_apps', '/v1/runs', '/v1/audit'])
    await send('GET', path);

  expect(logged()).not.toContain('canary');
  const kept = await stored();
  expect(kept).not.toContain('canary');
  expect(kept).toContain('core.webhook');
  // What a caller misplaced comes back to the same caller by its name alone.
  expect(answers().replaceAll(canary('query'), '')).not.toContain('canary');
  expect(logged()).toContain('request answered');
});

async function openWatched() {
  const emulator = await createEmulator({ samples: 'none' });
  onTestFinished(() => emulator.close());
  const lines: string[] = [];
  const log = createLogger('trace', { write: (line: string) => void lines.push(line) });
  const api = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url }, context: { log } });
  const texts: string[] = [];
  const send: typeof api.send = async (...request) => {
    const answer = await api.send(...request);
    texts.push(answer.text, JSON.stringify([...answer.headers]));
    return answer;
  };
  return {
    ...api,
    send,
    emulator,
    logged: () => lines.join(''),
    answers: () => texts.join(''),
    stored: () => everythingIn(api.ctx),
  };
}
