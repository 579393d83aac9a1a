import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCli } from './cli.ts';

test('makes, shows, lists and deletes a linked account', async () => {
  const { penstock } = await openCli({ worker: false });

  expect((await penstock(['accounts', 'add', 'acme', '--warehouse', '4f1c2b3a9d8e7f60'])).out).toContain(
    'Created acme (la_',
  );
  expect((await penstock(['accounts', 'show', 'acme'])).out).toMatch(/default_warehouse_id +4f1c2b3a9d8e7f60/);
  expect((await penstock(['accounts'])).out).toMatch(/acme +la_\w+ +databricks +no_authentication/);
  expect(await penstock(['accounts', 'delete', 'acme', '--yes'])).toMatchObject({ code: 0, out: 'Deleted acme.\n' });
  expect(await penstock(['accounts', 'show', 'acme'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('ERR_NOT_FOUND'),
  });
});

interface Source {
  options: string[];
  stdin?: (token: string) => string;
  isTerminal?: true;
  shown?: string;
}

const SOURCES: [string, Source][] = [
  ['a file', { options: ['--secret-file', 'FILE'] }],
  ['standard input', { options: ['--secret-file', '-'], stdin: (token) => `${token}\n` }],
  ['a variable', { options: ['--secret-env', 'TOKEN'] }],
  [
    'a prompt that shows nothing of it',
    { options: [], stdin: (token) => `x\x7f${token}\r`, isTerminal: true, shown: 'token: \n' },
  ],
];

test.each(SOURCES)('takes a token from %s', async (_title, { options, stdin, isTerminal = false, shown = '' }) => {
  const { penstock, emulator, ctx } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'acme']);
  const file = join(ctx.config.dataFolder, 'token');
  await writeFile(file, `${emulator.token}\n`);
  const from = options.map((option) => (option === 'FILE' ? file : option));

  const { code, out, err } = await penstock(
    ['auth', 'add', 'pat', '--account', 'acme', '--host', emulator.url, ...from],
    {
      stdin: stdin?.(emulator.token) ?? '',
      isTerminal,
      env: { TOKEN: emulator.token },
    },
  );

  expect(err).toBe(shown);
  expect(out).toMatch(/^Stored pat \(auth_\w+\), active\.\n$/);
  expect(code).toBe(0);
});

test('stores client credentials after a test, and tests them again', async () => {
  const { penstock, emulator } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'acme']);
  const argv = [
    'auth',
    'add',
    'oauth_m2m',
    '--account',
    'acme',
    '--host',
    emulator.url,
    '--client-id',
    emulator.clientId,
  ];

  const stored = await penstock([...argv, '--secret-env', 'SECRET'], { env: { SECRET: emulator.clientSecret } });
  const id = /\((auth_\w+)/.exec(stored.out)![1]!;
  const tested = await penstock(['auth', 'test', id, '--account', 'acme']);

  expect(tested.err).toBe('');
  expect(tested.out).toMatch(/ok +true\n/);
  expect(tested.code).toBe(0);
  expect((await penstock(['auth', '--account', 'acme'])).out).toMatch(
    new RegExp(`oauth_m2m +${id} +oauth_m2m +${emulator.url} +active`),
  );
  expect((await penstock(['auth', 'delete', id, '--account', 'acme'])).code).toBe(0);
});

test('a wrong token is refused with the words of the service and stored nowhere, unless no test is asked for', async () => {
  const { penstock, emulator } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'acme']);
  const argv = ['auth', 'add', 'pat', '--account', 'acme', '--host', emulator.url, '--secret-file', '-'];

  const refused = await penstock(argv, { stdin: 'dapi-wrong' });
  const stored = await penstock([...argv, '--no-test'], { stdin: 'dapi-wrong' });
  const tested = await penstock(['auth', 'test', /\((auth_\w+)/.exec(stored.out)![1]!, '--account', 'acme']);

  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/\(ERR_AUTH_FAILED\)\n(.*\n)* {2}request id: \S+\n/);
  expect(refused.err).not.toContain('dapi-wrong');
  expect(stored.code).toBe(0);
  expect(tested).toMatchObject({ code: 1, err: expect.stringContaining('ERR_AUTH_FAILED') });
});

test('shows a new API key once, and its role holds', async () => {
  const { penstock } = await openCli({ worker: false });

  const { out, err } = await penstock(['api-keys', 'create', 'reader', '--role', 'viewer']);
  const key = out.trim();
  const asReader = await penstock(['accounts', 'add', 'acme'], { env: { PENSTOCK_API_KEY: key } });

  expect(err).toMatch(/^reader \(key_\w+\), viewer\. The key is shown only once:\n$/);
  expect(asReader).toMatchObject({ code: 1, err: expect.stringContaining('ERR_FORBIDDEN') });
  expect((await penstock(['api-keys'])).out).not.toContain(key);
});

test('without a key, the error says where keys come from', async () => {
  const { penstock } = await openCli({ worker: false });

  const { code, err } = await penstock(['accounts'], { env: { PENSTOCK_API_KEY: '' } });

  expect(code).toBe(1);
  expect(err).toContain('hint: Set PENSTOCK_API_KEY');
});

test.each([
  [['password', '--host', 'h'], '"password" is not a kind of authentication'],
  [['pat', '--host', 'h'], 'the token is missing'],
  [['oauth_m2m', '--host', 'h'], 'oauth_m2m requires client_id'],
  [['pat', '--field', 'host'], '--field needs KEY=VALUE'],
  [['pat', '--field', 'token=dapi-1'], 'token is a secret'],
])('auth add %j is refused with the field of the manifest', async (argv, said) => {
  const { penstock } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'acme']);

  const { code, err } = await penstock(['auth', 'add', ...argv, '--account', 'acme']);

  expect(err).toContain(said);
  expect(code).toBe(2);
});

test('lists the kinds of a connector with their fields', async () => {
  const { penstock } = await openCli({ worker: false });

  const { out } = await penstock(['auth', 'kinds', '--connector', 'databricks']);

  expect(out).toContain('pat: Personal access token\n  host: Workspace URL\n');
  expect(out).toContain('  workspace_id (optional): Workspace ID\n');
});
