import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { fieldsOf, typedFields } from '../fields.ts';
import { askFields, findMode } from '../modes.ts';
import { runErrorLines } from '../problem.ts';
import { checkSecretOptions, SECRET_OPTIONS } from '../secret.ts';
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
    text: 'Test and store an authentication; you are asked for the fields of its kind that you do not give',
    options: [
      ACCOUNT,
      { flags: '--field <key=value>', text: 'a field of the kind that is no secret (repeatable)', isList: true },
      { flags: '--name <name>', text: 'display name (default: the kind)' },
      { flags: '--host <url>', text: 'short for --field host=URL' },
      { flags: '--client-id <id>', text: 'short for --field client_id=ID' },
      { flags: '--account-id <id>', text: 'short for --field account_id=ID' },
      { flags: '--scope <scope>', text: 'a scope (repeatable)', isList: true },
      { flags: '--expires-at <time>', text: 'expiration time (ISO 8601)' },
      { flags: '--no-test', text: 'store it without testing it' },
      ...SECRET_OPTIONS,
    ],
    examples: [
      'npx penstock auth add pat --account acme --host https://…',
      'npx penstock auth add oauth_m2m --account acme --host https://… --client-id … --secret-env CLIENT_SECRET',
    ],
    run: add,
  },
  {
    usage: 'auth kinds',
    text: 'List the kinds of authentications of a connector, with their fields',
    options: [{ flags: '--connector <id>', text: 'the connector', isRequired: true }],
    examples: ['npx penstock auth kinds --connector core'],
    run: kinds,
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
  checkSecretOptions(call);
  const mode = await findMode(call, kind);
  const given: Record<string, unknown> = {
    ...typedFields(fieldsOf(call), mode.fields?.properties),
    ...defined({
      host: option(call, 'host'),
      client_id: option(call, 'clientId'),
      account_id: option(call, 'accountId'),
      scopes: call.options.scope,
      expires_at: option(call, 'expiresAt'),
    }),
  };
  const body = {
    name: option(call, 'name') ?? kind,
    kind,
    ...given,
    ...(await askFields(call, mode, given)),
    ...(call.options.test !== true && { test: false }),
  };
  const auth = await call.client.call('POST', path`/v1/linked_accounts/${option(call, 'account')!}/authentications`, {
    body,
  });
  printAnswer(call, auth, () => print(call.shell, `Stored ${auth.name} (${auth.id}), ${auth.status}.`));
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function kinds(call: Call): Promise<void> {
  const { auth } = await call.client.call('GET', path`/v1/connectors/${option(call, 'connector')!}`);
  printAnswer(call, auth, () => {
    for (const { id, title, fields } of auth as Json[]) {
      print(call.shell, `${id}: ${title}`);
      const { required = [], properties = {} } = (fields ?? {}) as {
        required?: string[];
        properties?: Record<string, Json>;
      };
      for (const [name, field] of Object.entries(properties))
        print(call.shell, `  ${name}${required.includes(name) ? '' : ' (optional)'}: ${field.title}`);
    }
  });
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
