import { describe, expect, it } from 'vitest';
import { importAuthentication } from '../../../services/databricks/profile.ts';

const FILE = `
; a comment
[DEFAULT]
host = https://default.cloud.databricks.com
token = dapi-default

[robot]
host          = https://robot.cloud.databricks.com
client_id     = 11111111-2222-3333-4444-555555555555
client_secret = dose=with=equals
warehouse_id  = abc123

[account]
host = https://accounts.cloud.databricks.com
account_id = 99999999-8888-7777-6666-555555555555
client_id = id
client_secret = secret

[both]
host = https://both.cloud.databricks.com
token = dapi-both
client_id = id
client_secret = secret

[login]
host = https://login.cloud.databricks.com
auth_type = databricks-cli
`;

describe('importing an authentication', () => {
  it('takes the profile DEFAULT when nothing is named', () => {
    expect(importAuthentication({ env: {}, file: FILE })).toEqual({
      body: { kind: 'pat', host: 'https://default.cloud.databricks.com', token: 'dapi-default' },
      sources: { host: 'profile DEFAULT', token: 'profile DEFAULT' },
    });
  });

  it('takes a named profile whole, equals signs in a secret included', () => {
    expect(importAuthentication({ env: {}, file: FILE, profile: 'robot' })).toMatchObject({
      body: { kind: 'oauth_m2m', client_id: '11111111-2222-3333-4444-555555555555', client_secret: 'dose=with=equals' },
      warehouse_id: 'abc123',
    });
  });

  it('takes the default profile of the settings', () => {
    const file = `[__settings__]\ndefault_profile = robot\n${FILE}`;

    expect(importAuthentication({ env: {}, file }).sources.host).toBe('profile robot');
  });

  it('prefers the environment to the file', () => {
    const env = { DATABRICKS_HOST: 'https://env.cloud.databricks.com', DATABRICKS_TOKEN: 'dapi-env' };

    expect(importAuthentication({ env, file: FILE })).toEqual({
      body: { kind: 'pat', host: 'https://env.cloud.databricks.com', token: 'dapi-env' },
      sources: { host: 'DATABRICKS_HOST', token: 'DATABRICKS_TOKEN' },
    });
  });

  it('does not read the file when the environment gives a host', () => {
    expect(() =>
      importAuthentication({ env: { DATABRICKS_HOST: 'https://env.cloud.databricks.com' }, file: FILE }),
    ).toThrow('no credentials were found');
  });

  it('lays the environment over a profile that is named', () => {
    const env = { DATABRICKS_HOST: 'https://env.cloud.databricks.com', DATABRICKS_CONFIG_PROFILE: 'robot' };

    expect(importAuthentication({ env, file: FILE })).toMatchObject({
      body: { kind: 'oauth_m2m', host: 'https://env.cloud.databricks.com' },
      sources: { host: 'DATABRICKS_HOST', client_id: 'profile robot' },
    });
  });

  it('keeps the account id for an account host only', () => {
    expect(importAuthentication({ env: {}, file: FILE, profile: 'account' }).body).toMatchObject({
      account_id: '99999999-8888-7777-6666-555555555555',
    });
    const env = { DATABRICKS_ACCOUNT_ID: 'x' };
    expect(importAuthentication({ env, file: FILE, profile: 'robot' }).body).not.toHaveProperty('account_id');
  });

  it('takes over scopes, separated by commas or spaces', () => {
    const file =
      '[robot]\nhost = https://r.cloud.databricks.com\nclient_id = i\nclient_secret = s\nscopes = sql, jobs files\n';

    expect(importAuthentication({ env: {}, file, profile: 'robot' })).toMatchObject({
      body: { scopes: ['sql', 'jobs', 'files'] },
      sources: { scopes: 'profile robot' },
    });
  });

  it('lets auth_type choose between two families', () => {
    expect(() => importAuthentication({ env: {}, file: FILE, profile: 'both' })).toThrow(
      'both a token and a client secret',
    );
    expect(
      importAuthentication({ env: { DATABRICKS_AUTH_TYPE: 'oauth-m2m' }, file: FILE, profile: 'both' }).body.kind,
    ).toBe('oauth_m2m');
    expect(importAuthentication({ env: { DATABRICKS_AUTH_TYPE: 'pat' }, file: FILE, profile: 'both' }).body.kind).toBe(
      'pat',
    );
  });

  it.each([
    ['an unknown profile', { profile: 'nope' }, 'there is no profile "nope"'],
    ['the settings as a profile', { profile: '__settings__' }, 'there is no profile "__settings__"'],
    ['a login', { profile: 'login' }, 'auth_type is "databricks-cli"'],
    ['no file', { profile: 'robot', file: undefined }, 'no file to read'],
    ['nothing at all', { file: undefined }, 'no host was found'],
    ['a broken line', { file: '[DEFAULT]\nhost https://x.cloud.databricks.com s3cret' }, 'line 2'],
    [
      'a password',
      { file: '[DEFAULT]\nhost = https://x.cloud.databricks.com\nusername = u\npassword = s3cret' },
      'user name and password',
    ],
    [
      'a principal of Entra',
      {
        file: '[DEFAULT]\nhost = https://adb-1.2.azuredatabricks.net\nazure_client_id = i\nazure_client_secret = s3cret',
      },
      'Azure credentials were found',
    ],
  ])('says what is wrong with %s, and shows no value', (_what, given, text) => {
    let thrown: { code?: string; message: string; hint?: string } = { message: '' };
    try {
      importAuthentication({ env: {}, file: FILE, ...given });
    } catch (error) {
      thrown = error as typeof thrown;
    }

    expect(thrown).toMatchObject({ code: 'ERR_CONFIG', message: expect.stringContaining(text) });
    expect(`${thrown.message} ${thrown.hint}`).not.toContain('s3cret');
  });
});
