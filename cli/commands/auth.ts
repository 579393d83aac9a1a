import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { runErrorLines, UsageError } from '../problem.ts';
import { readSecret, SECRET_OPTIONS } from '../secret.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

const ACCOUNT: OptionSpec = { flags: '--account <name or id>', text: 'the linked account', isRequired: true };

/** Authentications: the stored credentials of a linked account. */
export const AUTH_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'auth list',
    isDefault: true,
    text: 'List the authentications of a linked account',
    options: [ACCOUNT, ...PAGE_OPTIONS],
    run: (call) =>
      printList(call, path`/v1/linked_accounts/${option(call, 'account')!}/authentications`, {
        none: 'No authentications.',
        columns: {
          NAME: (auth) => auth.name,
          ID: (auth) => auth.id,
          KIND: (auth) => auth.kind,
          HOST: (auth) => auth.host,
          STATUS: (auth) => auth.status,
          CREATED: (auth) => time(auth.created_at),
        },
      }),
  },
  {
    usage: 'auth add <kind>',
    text: 'Test and store an authentication: pat (personal access token) or oauth_m2m (client credentials)',
    options: [
      ACCOUNT,
      { flags: '--host <url>', text: 'the workspace URL', isRequired: true },
      { flags: '--name <name>', text: 'display name (default: the kind)' },
      { flags: '--client-id <id>', text: 'oauth_m2m: the client id of the service principal' },
      { flags: '--account-id <id>', text: 'oauth_m2m: the Databricks account, for an account host' },
      { flags: '--scope <scope>', text: 'oauth_m2m: a scope (default: all-apis; repeatable)', isList: true },
      { flags: '--expires-at <time>', text: 'pat: expiration time (ISO 8601)' },
      { flags: '--no-test', text: 'store it without testing it' },
      ...SECRET_OPTIONS,
    ],
    examples: [
      'npx penstock auth add pat --account acme --host https://dbc-a1b2345c-d6e7.cloud.databricks.com',
      'npx penstock auth add oauth_m2m --account acme --host https://… --client-id … --secret-env CLIENT_SECRET',
    ],
    run: add,
  },
  {
    usage: 'auth test <authentication>',
    text: 'Test an authentication and show its identity',
    options: [ACCOUNT],
    run: test,
  },
  { usage: 'auth delete <authentication>', text: 'Delete an authentication', options: [ACCOUNT], run: remove },
];

async function add(call: Call): Promise<void> {
  const kind = call.args[0]!;
  if (kind !== 'pat' && kind !== 'oauth_m2m')
    throw new UsageError(`"${kind}" is not a kind of authentication`, 'Use pat or oauth_m2m.');
  if (kind === 'oauth_m2m' && option(call, 'clientId') === undefined)
    throw new UsageError('oauth_m2m requires --client-id');
  const own =
    kind === 'pat'
      ? { token: await readSecret(call, 'token'), expires_at: option(call, 'expiresAt') }
      : {
          client_id: option(call, 'clientId'),
          client_secret: await readSecret(call, 'client secret'),
          account_id: option(call, 'accountId'),
          scopes: call.options.scope,
        };
  const body = {
    name: option(call, 'name') ?? kind,
    kind,
    host: option(call, 'host'),
    ...own,
    ...(call.options.test !== true && { test: false }),
  };
  const auth = await call.client.call('POST', path`/v1/linked_accounts/${option(call, 'account')!}/authentications`, {
    body,
  });
  printAnswer(call, auth, () => print(call.shell, `Stored ${auth.name} (${auth.id}), ${auth.status}.`));
}

async function test(call: Call): Promise<number> {
  const tested = await call.client.call('POST', `${authPath(call)}/test`);
  printAnswer(call, tested, ({ error, ...fields }) => {
    printFields(call.shell, fields);
    for (const line of error ? runErrorLines(error) : []) note(call.shell, line);
  });
  return tested.ok ? 0 : 1;
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', authPath(call));
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}

function authPath(call: Call): string {
  return path`/v1/linked_accounts/${option(call, 'account')!}/authentications/${call.args[0]!}`;
}
