import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { ProfileImport } from '../../services/account-service.ts';
import { SERVICES } from '../../services/registry.ts';
import { printAnswer } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { readText } from '../input.ts';
import { UsageError } from '../problem.ts';
import { print } from '../shell.ts';

/** The connectors whose tools keep credentials on this machine, by id. */
const IMPORTS = new Map(
  [...SERVICES].flatMap(([id, { importProfile }]) =>
    importProfile === undefined ? [] : [[id, importProfile] as const],
  ),
);
const [[usual, profiles]] = [...IMPORTS] as [[string, ProfileImport]];

/** Take over what the tools of a service use on this machine. */
export const AUTH_IMPORT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'auth import',
    text: profiles.text,
    options: [
      { flags: '--account <name or id>', text: 'the linked account', isRequired: true },
      { flags: '--profile <name>', text: profiles.profileText },
      { flags: '--name <name>', text: 'display name of the authentication (default: the profile, or its kind)' },
      { flags: '--connector <id>', text: `whose tools (default: ${usual})` },
      { flags: '--no-test', text: 'store it without testing it' },
    ],
    examples: ['npx penstock auth import --account acme --profile PROD'],
    run: importOne,
  },
];

async function importOne(call: Call): Promise<void> {
  const { env } = call.shell;
  const id = option(call, 'connector') ?? usual;
  const from = IMPORTS.get(id);
  if (from === undefined) {
    throw new UsageError(`there is nothing to import for "${id}"`, `Use one of: ${[...IMPORTS.keys()].join(', ')}.`);
  }
  const profile = option(call, 'profile');
  const file = from.needsFile(env, profile) ? await readProfiles(from, env) : undefined;
  const { body, name: known, sources, note } = from.read({ env, file, profile });
  const name = option(call, 'name') ?? profile ?? known ?? body.kind;
  const auth = await call.client.call('POST', path`/v1/linked_accounts/${option(call, 'account')!}/authentications`, {
    body: { name, ...body, ...(call.options.test !== true && { test: false }) },
  });
  printAnswer(call, auth, () => {
    print(call.shell, `Stored ${auth.name} (${auth.id}), ${auth.status}.`);
    for (const [field, source] of Object.entries(sources)) print(call.shell, `  ${field}: ${source}`);
    if (note !== undefined) print(call.shell, note);
  });
}

/** A file that was named must be there; the usual one may be missing. @throws UsageError */
async function readProfiles(
  from: ProfileImport,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const file = from.fileOf(env, env.HOME || env.USERPROFILE || homedir());
  const isThere =
    file.isNamed ||
    (await access(file.path).then(
      () => true,
      () => false,
    ));
  return isThere ? readText(file.variable, file.path) : undefined;
}
