import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { askSecrets, findMode } from '../modes.ts';
import { CliError } from '../problem.ts';
import { SECRET_OPTIONS } from '../secret.ts';
import { print } from '../shell.ts';

const ACCOUNT: OptionSpec = { flags: '--account <name or id>', text: 'the linked account', isRequired: true };

const REVOCATIONS: Readonly<Record<string, string>> = {
  revoked: 'The grant was revoked at the service.',
  not_possible: 'The service does not support revocation. Delete the credential there, too.',
  failed: 'The grant could not be revoked at the service. Delete the credential there, too.',
};

/** One stored authentication, and the workspaces that one of an account reaches. */
export const AUTH_USE_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'auth show <authentication>',
    text: 'Show an authentication (never its secret)',
    options: [ACCOUNT],
    run: show,
  },
  {
    usage: 'auth replace <authentication>',
    text: 'Replace the token or client secret; the id stays the same',
    options: [
      ACCOUNT,
      ...SECRET_OPTIONS,
      { flags: '--expires-at <time>', text: 'pat: expiration time of the new token (ISO 8601)' },
      { flags: '--no-test', text: 'store it without testing it' },
    ],
    run: replace,
  },
  {
    usage: 'auth revoke <authentication>',
    text: 'Revoke an authentication: its secret is deleted, its record is kept',
    options: [ACCOUNT],
    run: revoke,
  },
  {
    usage: 'auth workspaces <authentication>',
    text: 'List the workspaces of the account that an account-level authentication belongs to',
    options: [ACCOUNT, ...PAGE_OPTIONS],
    run: workspaces,
  },
  {
    usage: 'auth connect <authentication> <workspace>',
    text: 'Create an authentication for one workspace of the account, with the same service principal',
    options: [
      ACCOUNT,
      { flags: '--name <name>', text: 'display name (default: the workspace)' },
      { flags: '--no-test', text: 'store it without testing it' },
    ],
    run: connect,
  },
];

async function show(call: Call): Promise<void> {
  printAnswer(call, await call.client.call('GET', authPath(call)), (auth) => printFields(call.shell, auth));
}

async function replace(call: Call): Promise<void> {
  const { kind, name, oauth_app } = await call.client.call('GET', authPath(call));
  if (oauth_app !== undefined)
    throw new CliError(
      `"${name}" is a login, so it has no secret to replace`,
      `Sign in again with: npx penstock auth login --account ${option(call, 'account')} --renew ${call.args[0]} --app APP`,
    );
  const mode = await findMode(call, kind);
  const secrets = await askSecrets(call, mode);
  const end = option(call, 'expiresAt');
  const body = { ...secrets, ...(end === undefined ? {} : { expires_at: end }), ...withoutTest(call) };
  const auth = await call.client.call('PUT', authPath(call), { body });
  printAnswer(call, auth, () => print(call.shell, `Replaced the secret of ${auth.name} (${auth.id}), ${auth.status}.`));
}

async function revoke(call: Call): Promise<void> {
  const auth = await call.client.call('POST', `${authPath(call)}/revoke`);
  printAnswer(call, auth, () => {
    print(call.shell, `${auth.name} (${auth.id}) is ${auth.status}. ${REVOCATIONS[auth.revocation] ?? ''}`);
  });
}

async function workspaces(call: Call): Promise<void> {
  await printList(call, `${authPath(call)}/workspaces`, {
    none: 'The account has no workspaces.',
    columns: {
      ID: ({ workspace_id }) => workspace_id,
      NAME: ({ name }) => name,
      STATUS: ({ status }) => status,
      HOST: ({ host }) => host,
    },
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
