import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../context.ts';

const FILE = fileURLToPath(new URL('../../examples/webhook-endpoint.mjs', import.meta.url));
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

async function startEndpoint() {
  const child = spawn(process.execPath, [FILE], {
    env: { ...process.env, RECEIVER_PORT: '0', RECEIVER_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, 'close');
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [url] = await until('it listens', () => /http:\S+/.exec(text) ?? undefined);
  return {
    text: () => text,
    async post(id: string, body: string, signed = body, at = new Date()): Promise<number> {
      const signature = new Webhook(SECRET).sign(id, at, signed);
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signature,
      };
      return (await fetch(url, { method: 'POST', headers, body })).status;
    },
  };
}

test('prints each message once, rows or not', async () => {
  const { post, text } = await startEndpoint();

  expect(await post('msg_1', '{"rows":[{"id":"evt_1","data":{"n":1}},{"id":"evt_2","data":{"n":2}}]}')).toBe(204);
  expect(await post('msg_1', '{"rows":[{"id":"evt_1","data":{"n":1}}]}')).toBe(204);
  expect(await post('msg_2', '{"job":"Load"}')).toBe(204);
  expect(await post('msg_3', '{"rows":[]}')).toBe(204);
  await until('the last one is printed', () => text().includes('msg_3') && text().endsWith('\n'));

  expect(text().split('\n').slice(1)).toEqual([
    '/ msg_1: 2 rows, the last one {"n":2}',
    '/ msg_2: {"job":"Load"}',
    '/ msg_3: {"rows":[]}',
    '',
  ]);
});

test('refuses what is not signed with its secret, or too old', async () => {
  const { post, text } = await startEndpoint();

  expect(await post('msg_1', '{"rows":[]}', '{}')).toBe(401);
  expect(await post('msg_2', '{}', '{}', new Date(Date.now() - 3_600_000))).toBe(401);
  expect(text().split('\n')).toHaveLength(2);
});
