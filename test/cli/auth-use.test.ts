import { expect, test } from 'vitest';
import { openCli, type TestCli } from './cli.ts';

const ACCOUNT = ['--account', 'demo'];

test('replaces a token under its id', async () => {
  const cli = await openCli({ worker: false, kind: 'pat' });
  const id = await firstOf(cli);

  const wrong = await cli.penstock(['auth', 'replace', id, ...ACCOUNT, '--secret-file', '-'], { stdin: 'dapi-wrong' });
  const right = await cli.penstock(['auth', 'replace', id, ...ACCOUNT, '--secret-file', '-'], {
    stdin: cli.emulator.token,
  });

  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('ERR_AUTH_FAILED') });
  expect(right).toMatchObject({ code: 0, out: `Replaced the secret of token (${id}), active.\n` });
});

test('shows an authentication without its secret, and revokes it', async () => {
  const cli = await openCli({ worker: false });
  const id = await firstOf(cli);

  const shown = await cli.penstock(['auth', 'show', id, ...ACCOUNT]);
  const revoked = await cli.penstock(['auth', 'revoke', id, ...ACCOUNT]);

  expect(shown.out).toContain(cli.emulator.clientId);
  expect(shown.out).not.toContain(cli.emulator.clientSecret);
  expect(revoked.out).toContain(`principal (${id}) is revoked.`);
  expect((await cli.penstock(['auth', 'show', id, ...ACCOUNT])).out).toMatch(/status +revoked/);
});

test('lists the workspaces of an account, and makes an authentication for one', async () => {
  const cli = await openCli({ worker: false });
  const { url, clientId, clientSecret, accountId } = cli.emulator;
  const add = ['auth', 'add', 'oauth_m2m', ...ACCOUNT, '--name', 'account', '--host', url, '--client-id', clientId];
  const stored = await cli.penstock([...add, '--account-id', accountId, '--secret-env', 'S'], {
    env: { S: clientSecret },
  });
  expect(stored.err).toBe('');
  const id = /auth_\w+/.exec(stored.out)![0];

  const listed = await cli.penstock(['auth', 'workspaces', id, ...ACCOUNT]);
  const workspace = /^(\d+) +emulator +RUNNING/m.exec(listed.out)![1]!;
  const connected = await cli.penstock(['auth', 'connect', id, workspace, ...ACCOUNT]);
  const unknown = await cli.penstock(['auth', 'connect', id, '99', ...ACCOUNT]);

  expect(connected.out).toMatch(/^Stored emulator \(auth_\w+\) for http:\S+, active\.\n$/);
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining(`(allowed: ${workspace})`) });
});

test('makes a connect link that opens as a page, once it is known', async () => {
  const cli = await openCli({ worker: false });

  const { code, out, err } = await cli.penstock(['connect', ...ACCOUNT, '--kind', 'pat', '--minutes', '5']);
  const page = await fetch(cli.env.PENSTOCK_URL + new URL(out.trim()).pathname);

  expect(code).toBe(0);
  expect(err).toContain('Single-use link');
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('token');
});

async function firstOf({ penstock }: TestCli): Promise<string> {
  return /auth_\w+/.exec((await penstock(['auth', 'list', ...ACCOUNT])).out)![0];
}
