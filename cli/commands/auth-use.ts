import { printAnswer, printFields } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { CliError } from '../problem.ts';
import { readSecret, SECRET_OPTIONS } from '../secret.ts';
import { print } from '../shell.ts';
import { table } from '../table.ts';

const ACCOUNT: OptionSpec = { flags: '--account <name or id>', text: 'the linked account', isRequired: true };

const REVOCATIONS: Readonly<Record<string, string>> = {
  revoked: 'The service was told that the grant is over.',
  not_possible: 'The service offers no way to be told: end the credential there, too.',
  failed: 'The service could not be told: end the credential there, too.',
};

/** One stored authentication, and the workspaces that one of an account reaches. */
export const AUTH_USE_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'auth show <authentication>',
    text: 'shows an authentication, never its secret',
    options: [ACCOUNT],
    run: show,
  },
  {
    usage: 'auth replace <authentication>',
    text: 'replaces the token or client secret; the id stays, and with it all that uses it',
    options: [
      ACCOUNT,
      ...SECRET_OPTIONS,
      { flags: '--expires-at <time>', text: 'pat: when the new token ends, an ISO time' },
      { flags: '--no-test', text: 'store it without a test' },
    ],
    run: replace,
  },
  {
    usage: 'auth revoke <authentication>',
    text: 'ends an authentication: its secret goes, its record stays',
    options: [ACCOUNT],
    run: revoke,
  },
  {
    usage: 'auth workspaces <authentication>',
    text: 'lists the workspaces of the Databricks account that an account-level authentication is for',
    options: [ACCOUNT],
    run: workspaces,
  },
  {
    usage: 'auth connect <authentication> <workspace>',
    text: 'stores an authentication for one workspace of the account, with the same service principal',
    options: [
      ACCOUNT,
      { flags: '--name <name>', text: 'how it is called (the workspace)' },
      { flags: '--no-test', text: 'store it without a test' },
    ],
    run: connect,
  },
];

async function show(call: Call): Promise<void> {
  printAnswer(call, await call.client.call('GET', authPath(call)), (auth) => printFields(call.shell, auth));
}

async function replace(call: Call): Promise<void> {
  const { kind, name } = await call.client.call('GET', authPath(call));
  if (kind === 'oauth_u2m')
    throw new CliError(
      `"${name}" is a login, which has no secret to be typed`,
      `Sign in again with: npx penstock auth login --account ${option(call, 'account')} --renew ${call.args[0]} --app APP`,
    );
  const secret =
    kind === 'pat'
      ? { token: await readSecret(call, 'token'), expires_at: option(call, 'expiresAt') }
      : { client_secret: await readSecret(call, 'client secret') };
  const auth = await call.client.call('PUT', authPath(call), { body: { ...secret, ...withoutTest(call) } });
  printAnswer(call, auth, () => print(call.shell, `Replaced the secret of ${auth.name} (${auth.id}), ${auth.status}.`));
}

async function revoke(call: Call): Promise<void> {
  const auth = await call.client.call('POST', `${authPath(call)}/revoke`);
  printAnswer(call, auth, () => {
    print(call.shell, `${auth.name} (${auth.id}) is ${auth.status}. ${REVOCATIONS[auth.revocation] ?? ''}`);
  });
}

async function workspaces(call: Call): Promise<void> {
  const answer = await call.client.call('GET', `${authPath(call)}/workspaces`);
  printAnswer(call, answer, ({ items }: { items: Json[] }) => {
    if (items.length === 0) return print(call.shell, 'The account has no workspaces.');
    const rows = items.map(({ workspace_id, name, status, host }) => [workspace_id, name, status, host]);
    for (const line of table(call.shell, ['ID', 'NAME', 'STATUS', 'HOST'], rows)) print(call.shell, line);
  });
}

async function connect(call: Call): Promise<void> {
  const auth = await call.client.call('POST', `${authPath(call)}/workspaces`, {
    body: { workspace_id: call.args[1], name: option(call, 'name'), ...withoutTest(call) },
  });
  printAnswer(call, auth, () =>
    print(call.shell, `Stored ${auth.name} (${auth.id}) for ${auth.host}, ${auth.status}.`),
  );
}

function withoutTest(call: Call): { test?: false } {
  return call.options.test === false ? { test: false } : {};
}

function authPath(call: Call): string {
  return path`/v1/linked_accounts/${option(call, 'account')!}/authentications/${call.args[0]!}`;
}
