import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openCli, type Terminal, type TestCli } from './cli.ts';

const LOGIN = ['auth', 'login', '--account', 'acme', '--app', 'databricks-cli', '--port', '0'];

test('signs in through the browser, and what is stored runs actions as that person', async () => {
  const cli = await openLogins();
  const browser = browse('allow');

  const { code, out } = await cli.penstock(LOGIN, { onText: browser.onText });

  expect(code).toBe(0);
  expect(out).toMatch(/^Stored databricks-cli \(auth_\w+\), as \S+, active\.\n$/);
  expect(await browser.page()).toBe('You are signed in. You can close this window.\n');
  const run = await cli.penstock(['run', 'databricks.query_warehouses', '--account', 'acme', '--wait', '--json']);
  expect(run).toMatchObject({ code: 0, out: expect.stringContaining('"status":"succeeded"') });
});

test('renews a login under its id', async () => {
  const cli = await openLogins();
  const first = await cli.penstock(LOGIN, { onText: browse('allow').onText });
  const id = /auth_\w+/.exec(first.out)![0];

  const { code, out } = await cli.penstock([...LOGIN, '--renew', id], { onText: browse('allow').onText });

  expect(code).toBe(0);
  expect(out).toContain(id);
});

test('says that the person refused, and stores nothing', async () => {
  const cli = await openLogins();
  const browser = browse('deny');

  const { code, err } = await cli.penstock(LOGIN, { onText: browser.onText });

  expect(code).toBe(1);
  expect(err).toContain('ERR_LOGIN_REFUSED');
  expect(await browser.page()).toContain('The login failed.');
  expect((await cli.penstock(['auth', 'list', '--account', 'acme'])).out).toBe('No authentications.\n');
});

test('ends when nobody comes back in time', async () => {
  const cli = await openLogins();

  const { code, err } = await cli.penstock([...LOGIN, '--timeout', '1']);

  expect(code).toBe(1);
  expect(err).toContain('the login was not completed within 1 seconds');
});

test('ends at Ctrl-C', async () => {
  const cli = await openLogins();
  const controller = new AbortController();
  const onText: Terminal['onText'] = (text) => void (text.includes('http') && controller.abort());

  expect(await cli.penstock(LOGIN, { onText, signal: controller.signal })).toMatchObject({ code: 130 });
});

test('a callback with another state, or to another path, changes nothing', async () => {
  const cli = await openLogins();
  const browser = browse('allow', async (port) => {
    const forged = await fetch(`http://127.0.0.1:${port}/?state=forged&error=access_denied`);
    const twice = await fetch(`http://127.0.0.1:${port}/?state=a&state=b`);
    const elsewhere = await fetch(`http://127.0.0.1:${port}/other?state=a`);
    return [forged.status, twice.status, elsewhere.status];
  });

  const { code } = await cli.penstock(LOGIN, { onText: browser.onText });

  expect(code).toBe(0);
  expect(await browser.before()).toEqual([400, 400, 404]);
});

test('a port that is taken is named, with what to do', async () => {
  const cli = await openLogins();
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;

  const { code, err } = await cli.penstock([...LOGIN, '--port', String(port)]);

  expect(code).toBe(1);
  expect(err).toContain(`port ${port} cannot be used (EADDRINUSE)`);
  expect(err).toContain('--port');
});

test.each([
  [['--timeout', '0'], '--timeout is "0"; pass a whole number from 1 to 600'],
  [['--port', '70000'], '--port is "70000"'],
])('%j is refused before anything is sent', async (options, said) => {
  const { penstock } = await openCli({ worker: false });

  expect(await penstock([...LOGIN, ...options])).toMatchObject({ code: 2, err: expect.stringContaining(said) });
});

async function openLogins(): Promise<TestCli> {
  const cli = await openCli();
  await cli.penstock(['accounts', 'add', 'acme']);
  const app = ['oauth-apps', 'create', 'databricks-cli', '--client-id', 'databricks-cli', '--host', cli.emulator.url];
  expect((await cli.penstock(app)).code).toBe(0);
  return cli;
}

/** A person with a browser, who goes where the terminal says and answers the consent page. */
function browse(decision: 'allow' | 'deny', before: (port: string) => Promise<number[]> = async () => []) {
  const found = Promise.withResolvers<{ page: string; before: number[] }>();
  const go = async (url: URL) => {
    const port = new URL(url.searchParams.get('redirect_uri')!).port;
    const statuses = await before(port);
    const form = new URLSearchParams([...url.searchParams, ['decision', decision]]);
    const consent = await fetch(url.origin + url.pathname, { method: 'POST', body: form, redirect: 'manual' });
    const back = await fetch(consent.headers.get('location')!);
    return { page: await back.text(), before: statuses };
  };
  return {
    onText(text: string) {
      const url = /https?:\/\/\S+/.exec(text)?.[0];
      if (url?.includes('state=')) go(new URL(url)).then(found.resolve, found.reject);
    },
    page: async () => (await found.promise).page,
    before: async () => (await found.promise).before,
  };
}
