import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { confirmLoss, count, YES_OPTION } from '../confirm.ts';
import { fieldsOf, typedFields } from '../fields.ts';
import { METADATA_FILTER_OPTION, METADATA_OPTION, metadataOf, metadataQuery } from '../metadata.ts';
import { print } from '../shell.ts';
import { time } from '../table.ts';

const LIST_OPTIONS: readonly OptionSpec[] = [
  { flags: '--name <name>', text: 'only the account with exactly this name' },
  METADATA_FILTER_OPTION,
];

/** Linked accounts: the customers or teams whose workspaces are connected. */
export const ACCOUNT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'accounts list',
    isDefault: true,
    text: 'List linked accounts',
    options: [...LIST_OPTIONS, ...PAGE_OPTIONS],
    run: (call) =>
      printList(call, '/v1/linked_accounts', {
        query: { name: option(call, 'name'), ...metadataQuery(call) },
        none: 'No linked accounts. Create one with: npx penstock accounts add NAME',
        columns: {
          NAME: (account) => account.name,
          ID: (account) => account.id,
          CONNECTOR: (account) => account.connector,
          STATUS: (account) => (account.paused ? 'paused' : account.status),
          CREATED: (account) => time(account.created_at),
        },
      }),
  },
  {
    usage: 'accounts add <name>',
    text: 'Create a linked account',
    options: [
      { flags: '--connector <id>', text: 'the connector (default: the default connector)' },
      { flags: '--field <key=value>', text: 'a field that the connector declares (repeatable)', isList: true },
      { flags: '--warehouse <id>', text: 'short for --field default_warehouse_id=ID' },
      METADATA_OPTION,
    ],
    run: add,
  },
  { usage: 'accounts show <account>', text: 'Show a linked account', run: show },
  {
    usage: 'accounts update <account>',
    text: 'Rename a linked account or replace its metadata',
    options: [
      { flags: '--name <name>', text: 'the new name' },
      METADATA_OPTION,
      { flags: '--no-metadata', text: 'remove all metadata' },
    ],
    run: update,
  },
  {
    usage: 'accounts pause <account>',
    text: 'Pause an account: its triggers stop polling, and its runs wait',
    options: [{ flags: '--reason <text>', text: 'reason for the pause' }],
    run: (call) => turn(call, 'pause'),
  },
  {
    usage: 'accounts resume <account>',
    text: 'Resume an account and start the runs that waited',
    run: (call) => turn(call, 'resume'),
  },
  {
    usage: 'accounts delete <account>',
    text: 'Delete a linked account and its authentications, after showing what would fail',
    options: [YES_OPTION],
    run: remove,
  },
];

async function add(call: Call): Promise<void> {
  const name = call.args[0]!;
  const connector = option(call, 'connector');
  const fields = fieldsOf(call);
  const isTyped = connector !== undefined && Object.keys(fields).length > 0;
  const { connection } = isTyped ? await call.client.call('GET', path`/v1/connectors/${connector}`) : {};
  const account = await call.client.call('POST', '/v1/linked_accounts', {
    body: {
      name,
      connector,
      ...typedFields(fields, connection?.properties),
      default_warehouse_id: option(call, 'warehouse'),
      metadata: metadataOf(call),
    },
  });
  printAnswer(call, account, () => {
    print(call.shell, `Created ${account.name} (${account.id}). Add an authentication with:`);
    print(call.shell, `  npx penstock auth add KIND --account ${name}`);
    print(call.shell, `Its kinds: npx penstock auth kinds --connector ${account.connector}`);
  });
}

async function show(call: Call): Promise<void> {
  const account = await call.client.call('GET', path`/v1/linked_accounts/${call.args[0]!}`);
  printAnswer(call, account, () => printFields(call.shell, account));
}

async function update(call: Call): Promise<void> {
  const body = { name: option(call, 'name'), metadata: call.options.metadata === false ? {} : metadataOf(call) };
  const account = await call.client.call('PATCH', path`/v1/linked_accounts/${call.args[0]!}`, { body });
  printAnswer(call, account, () => printFields(call.shell, account));
}

async function turn(call: Call, word: 'pause' | 'resume'): Promise<void> {
  const account = await call.client.call('POST', `${path`/v1/linked_accounts/${call.args[0]!}`}/${word}`, {
    body: { reason: option(call, 'reason') },
  });
  printAnswer(call, account, () => print(call.shell, `${account.name} is ${word === 'pause' ? 'paused' : 'resumed'}.`));
}

async function remove(call: Call): Promise<void> {
  const where = path`/v1/linked_accounts/${call.args[0]!}`;
  const { authentications, workflows } = await call.client.call('DELETE', where, { query: { dry_run: 'true' } });
  const names = (workflows as Json[]).map(({ name }) => name).join(', ');
  await confirmLoss(call, `Delete ${call.args[0]}?`, [
    `This deletes ${count(authentications, 'authentication')}.`,
    ...(names === '' ? [] : [`Workflows that use the account will fail: ${names}.`]),
  ]);
  await call.client.call('DELETE', where);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}
