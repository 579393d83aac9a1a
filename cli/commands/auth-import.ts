import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { importAuthentication, needsProfile } from '../../engine/credentials/authentications/databrickscfg.ts';
import { printAnswer } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { readText } from '../input.ts';
import { print } from '../shell.ts';

/** Take over what the Databricks CLI and SDKs use on this machine. */
export const AUTH_IMPORT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'auth import',
    text: 'Import credentials from DATABRICKS_ environment variables or a .databrickscfg profile, with the precedence of the Databricks tools',
    options: [
      { flags: '--account <name or id>', text: 'the linked account', isRequired: true },
      {
        flags: '--profile <name>',
        text: 'the profile (default: DATABRICKS_CONFIG_PROFILE, then default_profile, then DEFAULT)',
      },
      { flags: '--name <name>', text: 'display name of the authentication (default: the profile, or its kind)' },
      { flags: '--no-test', text: 'store it without testing it' },
    ],
    examples: ['npx penstock auth import --account acme --profile PROD'],
    run: importOne,
  },
];

async function importOne(call: Call): Promise<void> {
  const { env } = call.shell;
  const profile = option(call, 'profile');
  const file = needsProfile(env, profile) ? await readProfiles(env) : undefined;
  const { body, sources, warehouse_id } = importAuthentication({ env, file, profile });
  const name = option(call, 'name') ?? profile ?? (env.DATABRICKS_CONFIG_PROFILE || body.kind);
  const auth = await call.client.call('POST', path`/v1/linked_accounts/${option(call, 'account')!}/authentications`, {
    body: { name, ...body, ...(call.options.test !== true && { test: false }) },
  });
  printAnswer(call, auth, () => {
    print(call.shell, `Stored ${auth.name} (${auth.id}), ${auth.status}.`);
    for (const [field, source] of Object.entries(sources)) print(call.shell, `  ${field}: ${source}`);
    if (warehouse_id !== undefined)
      print(
        call.shell,
        `The profile names the warehouse ${warehouse_id}. Set it as the default warehouse of the account, or pass it in an input.`,
      );
  });
}

/** A file that was named must be there; the usual one may be missing. @throws UsageError */
async function readProfiles(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const named = env.DATABRICKS_CONFIG_FILE || undefined;
  const home = env.HOME || env.USERPROFILE || homedir();
  const file = named ? named.replace(/^~(?=\/)/, home) : join(home, '.databrickscfg');
  const isThere =
    named !== undefined ||
    (await access(file).then(
      () => true,
      () => false,
    ));
  return isThere ? readText('DATABRICKS_CONFIG_FILE', file) : undefined;
}
