import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** API keys of the tenant. */
export const KEY_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'keys list',
    isDefault: true,
    text: 'lists the API keys',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/api_keys', {
        none: 'No API keys.',
        columns: {
          NAME: (key) => key.name,
          ID: (key) => key.id,
          ROLE: (key) => key.role,
          CREATED: (key) => time(key.created_at),
          EXPIRES: (key) => time(key.expires_at),
        },
      }),
  },
  {
    usage: 'keys create <name>',
    text: 'makes an API key and shows it this once',
    options: [
      { flags: '--role <role>', text: 'what it may do (viewer)', choices: ['admin', 'builder', 'operator', 'viewer'] },
      { flags: '--expires-at <time>', text: 'when it ends, an ISO time' },
    ],
    run: create,
  },
  {
    usage: 'keys update <id>',
    text: 'changes the name or role of an API key',
    options: [
      { flags: '--name <name>', text: 'its new name' },
      {
        flags: '--role <role>',
        text: 'what it may do from now on',
        choices: ['admin', 'builder', 'operator', 'viewer'],
      },
    ],
    run: update,
  },
  { usage: 'keys delete <id>', text: 'deletes an API key', run: remove },
];

async function create(call: Call): Promise<void> {
  const body = { name: call.args[0], role: option(call, 'role') ?? 'viewer', expires_at: option(call, 'expiresAt') };
  const made = await call.client.call('POST', '/v1/api_keys', { body });
  printAnswer(call, made, () => {
    note(call.shell, `${made.name} (${made.id}), ${made.role}. The key is shown this once:`);
    print(call.shell, made.key);
  });
}

async function update(call: Call): Promise<void> {
  const body = { name: option(call, 'name'), role: option(call, 'role') };
  if (body.name === undefined && body.role === undefined) throw new UsageError('give --name, --role, or both');
  const key = await call.client.call('PATCH', path`/v1/api_keys/${call.args[0]!}`, { body });
  printAnswer(call, key, () => print(call.shell, `${key.name} (${key.id}) has the role ${key.role}.`));
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/api_keys/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}
