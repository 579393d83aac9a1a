import { expect, test } from 'vitest';
import { typedFields } from '../../cli/fields.ts';
import { resolveAuthentication } from '../../engine/credentials/tokens/tokens.ts';
import { KEY_PAIR } from '../engine/credentials/oauth/oidc-server.ts';
import { openCli } from './cli.ts';

const PEM = KEY_PAIR.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();

test('auth add asks for the fields of the manifest, and a key of many lines is taken whole', async () => {
  const { penstock } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'code', '--connector', 'github', '--field', 'base_url=http://127.0.0.1:9']);
  const typed = ['123456', '2345678', ...PEM.split('\n'), ''].join('\r');

  const { code, err } = await penstock(['auth', 'add', 'app', '--account', 'code', '--no-test'], {
    stdin: typed,
    isTerminal: true,
  });
  const { out } = await penstock(['auth', 'list', '--account', 'code', '--json']);

  // A key that cannot be read is refused.
  expect({ code, err }).toEqual({
    code: 0,
    err: 'App ID: Installation ID: private key (paste it, and end with Ctrl-D): \n',
  });
  expect(JSON.parse(out).items).toMatchObject([
    { kind: 'app', fields: { app_id: '123456', installation_id: '2345678' } },
  ]);
  expect(out).not.toContain('BEGIN');
});

test.each([
  ['a file', { stdin: JSON.stringify({ secret_access_key: 's', session_token: 't' }) }, ['--secret-file', '-'], 't'],
  ['the secret alone', { stdin: 's\n' }, ['--secret-file', '-'], undefined],
  ['a person', { stdin: 's\rt\r', isTerminal: true }, [], 't'],
  ['a person who has none', { stdin: 's\r\r', isTerminal: true }, [], undefined],
])('secrets that are not required come from %s, too', async (_title, terminal, options, session) => {
  const { ctx, penstock } = await openCli({ worker: false });
  const where = ['--field', 'endpoint=http://127.0.0.1:9'];
  const account = await penstock(['accounts', 'add', 'files', '--connector', 's3', ...where, '--json']);

  const key = ['--field', 'access_key_id=AKIAIOSFODNN7EXAMPLE', '--no-test'];
  const added = await penstock(['auth', 'add', 'access_key', '--account', 'files', ...key, ...options], terminal);
  const { fields } = await resolveAuthentication(ctx, 'default', JSON.parse(account.out).id);

  expect(added).toMatchObject({ code: 0 });
  expect(fields.secret_access_key).toBe('s');
  expect(fields.session_token).toBe(session);
});

test('fields are given as their schemas want them, and as text where that cannot be', () => {
  const properties = {
    port: { type: 'integer' },
    tls: { type: ['boolean', 'null'] },
    tags: { type: 'array' },
    code: { type: 'string' },
  };
  const fields = { port: '5432', tls: 'true', tags: '["a"]', code: '007', other: '1' };

  expect(typedFields(fields, properties)).toEqual({ port: 5432, tls: true, tags: ['a'], code: '007', other: '1' });
  expect(typedFields({ port: '12345678901234567890', tls: 'yes' }, properties)).toEqual({
    port: '12345678901234567890',
    tls: 'yes',
  });
});
