import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCli } from './cli.ts';

const IMPORT = ['auth', 'import', '--account', 'acme'];

test('stores a profile of the file in the home folder, and says where each field came from', async () => {
  const { cli, home, file } = await openProfiles();
  await writeFile(file, `[DEFAULT]\nhost = x\n\n[PROD]\nhost = ${cli.emulator.url}\ntoken = ${cli.emulator.token}\n`);

  const { code, out, err } = await cli.penstock([...IMPORT, '--profile', 'PROD'], { env: { HOME: home } });

  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/^Stored PROD \(auth_\w+\), active\.\n {2}host: profile PROD\n {2}token: profile PROD\n$/);
});

test('the environment goes before the profile, field by field', async () => {
  const { cli, file } = await openProfiles();
  await writeFile(file, `[PROD]\nhost = ${cli.emulator.url}\nclient_id = wrong\nclient_secret = wrong\n`);
  const env = {
    DATABRICKS_CONFIG_FILE: file,
    DATABRICKS_CONFIG_PROFILE: 'PROD',
    DATABRICKS_CLIENT_ID: cli.emulator.clientId,
    DATABRICKS_CLIENT_SECRET: cli.emulator.clientSecret,
  };

  const { code, out } = await cli.penstock(IMPORT, { env });

  expect(code).toBe(0);
  expect(out).toContain('host: profile PROD\n');
  expect(out).toContain('client_secret: DATABRICKS_CLIENT_SECRET\n');
});

test('a profile that is not there is told with those that are, and no value of them', async () => {
  const { cli, file } = await openProfiles();
  await writeFile(file, '[DEV]\nhost = x\ntoken = dapi-canary\n');

  const { code, out, err } = await cli.penstock([...IMPORT, '--profile', 'PROD'], {
    env: { DATABRICKS_CONFIG_FILE: file },
  });

  expect(code).toBe(1);
  expect(err).toContain('The file contains: DEV.');
  expect(out + err).not.toContain('dapi-canary');
});

test('a file that was named and is not there is an error', async () => {
  const { cli } = await openProfiles();

  const { code, err } = await cli.penstock(IMPORT, { env: { DATABRICKS_CONFIG_FILE: '/nowhere/cfg' } });

  expect(code).toBe(2);
  expect(err).toContain('DATABRICKS_CONFIG_FILE: "/nowhere/cfg" cannot be read (ENOENT)');
});

test('a file that is not needed is not looked for', async () => {
  const { cli } = await openProfiles();
  const { url, token } = cli.emulator;
  const env = { DATABRICKS_HOST: url, DATABRICKS_TOKEN: token, DATABRICKS_CONFIG_FILE: '/nowhere/cfg' };

  const { code, out } = await cli.penstock(IMPORT, { env });

  expect(code).toBe(0);
  expect(out).toContain('token: DATABRICKS_TOKEN\n');
});

async function openProfiles() {
  const cli = await openCli({ worker: false });
  await cli.penstock(['accounts', 'add', 'acme']);
  const home = cli.ctx.config.dataFolder;
  return { cli, home, file: join(home, '.databrickscfg') };
}
