import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** API keys of the tenant. */
export const API_KEY_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'api-keys list',
    isDefault: true,
    text: 'List API keys',
    options: [{ flags: '--name <name>', text: 'only keys with exactly this name' }, ...PAGE_OPTIONS],
    run: (call) =>
      printList(call, '/v1/api_keys', {
        query: { name: option(call, 'name') },
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
    usage: 'api-keys create <name>',
    text: 'Create an API key; it is shown only once',
    options: [
      {
        flags: '--role <role>',
        text: 'role of the key (default: viewer)',
        choices: ['admin', 'builder', 'operator', 'viewer'],
      },
      { flags: '--expires-at <time>', text: 'expiration time (ISO 8601)' },
    ],
    run: create,
  },
  {
    usage: 'api-keys update <id>',
    text: 'Update the name or role of an API key',
    options: [
      { flags: '--name <name>', text: 'a new name' },
      {
        flags: '--role <role>',
        text: 'a new role',
        choices: ['admin', 'builder', 'operator', 'viewer'],
      },
    ],
    run: update,
  },
  { usage: 'api-keys delete <id>', text: 'Delete an API key', run: remove },
];

async function create(call: Call): Promise<void> {
  const body = { name: call.args[0], role: option(call, 'role') ?? 'viewer', expires_at: option(call, 'expiresAt') };
  const made = await call.client.call('POST', '/v1/api_keys', { body });
  printAnswer(call, made, () => {
    note(call.shell, `${made.name} (${made.id}), ${made.role}. The key is shown only once:`);
    print(call.shell, made.key);
  });
}

async function update(call: Call): Promise<void> {
  const body = { name: option(call, 'name'), role: option(call, 'role') };
  if (body.name === undefined && body.role === undefined) throw new UsageError('pass --name, --role, or both');
  const key = await call.client.call('PATCH', path`/v1/api_keys/${call.args[0]!}`, { body });
  printAnswer(call, key, () => print(call.shell, `${key.name} (${key.id}) has the role ${key.role}.`));
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/api_keys/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}
