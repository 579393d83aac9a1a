import { expect, test } from 'vitest';
import { readConfig } from '../../engine/process/config.ts';
import { startTestApi } from './client.ts';

const TOKEN = 'scrape-0123456789abcdef';

test.each([
  ['no token', null, 401],
  ['another token', `${TOKEN}x`, 401],
  ['the token', TOKEN, 200],
])('with PENSTOCK_METRICS_TOKEN, metrics are given to anyone who brings it: %s', async (_name, key, expected) => {
  const { send } = await startTestApi({ env: { PENSTOCK_METRICS_TOKEN: TOKEN } });

  const { status, text, headers } = await send('GET', '/metrics', { key });

  expect(status).toBe(expected);
  expect(text.includes('process_cpu_seconds_total')).toBe(expected === 200);
  expect(text).not.toContain(TOKEN);
  expect(headers.get('www-authenticate')).toBe(expected === 401 ? 'Bearer realm="penstock"' : null);
});

test('with PENSTOCK_METRICS_TOKEN, an API key is no token', async () => {
  const { send } = await startTestApi({ env: { PENSTOCK_METRICS_TOKEN: TOKEN } });

  expect((await send('GET', '/metrics')).status).toBe(401);
  expect((await send('GET', '/readyz', { key: null })).status).toBe(200);
});

test('a token that is short is refused at the start', () => {
  expect(() => readConfig({ PENSTOCK_METRICS_TOKEN: 'short' })).toThrow(
    'PENSTOCK_METRICS_TOKEN has 5 characters; use at least 16',
  );
});
