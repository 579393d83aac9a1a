import { expect, test } from 'vitest';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const SECRET = 'k9Qz7canary31xW';

test.each([
  `http://127.0.0.1:9/h?sig=${SECRET}`,
  `http://127.0.0.1:9/h?TOKEN=${SECRET}&limit=1`,
  `http://127.0.0.1:9/h;jsessionid=${SECRET}`,
  `http://127.0.0.1:9/h;jsessionid=${SECRET}?limit=1`,
  `http://127.0.0.1:9/h/${SECRET}0123456789`,
  `http://127.0.0.1:9/h#${SECRET}`,
  `https://user:${SECRET}@127.0.0.1:9/h`,
  `https://${SECRET}@127.0.0.1:9/h`,
  `http://127.0.0.1:9/h?a[token]=${SECRET}`,
  `http://127.0.0.1:9/h?x=1;token=${SECRET}`,
])('a URL of a webhook keeps its secret: %s', async (url) => {
  const api = await openApiWorkspace();

  const body = { action: 'core.webhook', input: { url, body: {} } };
  const { body: run } = await api.send('POST', '/v1/runs', { body, headers: { prefer: 'wait=1' } });

  const seen = (await api.send('GET', `/v1/runs/${run.id}`)).text + (await everythingIn(api.ctx));
  expect(seen.includes(SECRET)).toBe(false);
});

test.each(['Cookie', 'X-Auth', 'Proxy-Authorization', 'X-Amz-Security-Token', 'authorization '])(
  'a header keeps its secret: %s',
  async (name) => {
    const api = await openApiWorkspace();
    const input = { url: 'http://127.0.0.1:9/h', headers: { [name]: `a=${SECRET}; b=2` }, body: {} };

    const { body: run, text } = await api.send('POST', '/v1/runs', {
      body: { action: 'core.webhook', input },
      headers: { prefer: 'wait=1' },
    });

    const shown = run.id === undefined ? text : (await api.send('GET', `/v1/runs/${run.id}`)).text;
    expect((shown + (await everythingIn(api.ctx))).includes(SECRET)).toBe(false);
  },
);
