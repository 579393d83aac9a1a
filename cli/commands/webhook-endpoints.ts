import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { path } from '../client.ts';
import type { Call, CommandSpec } from '../command.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** Webhook endpoints: URLs of other systems to which events are delivered. */
export const WEBHOOK_ENDPOINT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'webhook-endpoints list',
    isDefault: true,
    text: 'List webhook endpoints',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/webhook_endpoints', {
        none: 'No webhook endpoints. Create one with: npx penstock webhook-endpoints create URL',
        columns: {
          ID: (endpoint) => endpoint.id,
          TYPES: (endpoint) => endpoint.types?.join(', ') ?? 'all',
          CREATED: (endpoint) => time(endpoint.created_at),
          URL: (endpoint) => endpoint.url,
        },
      }),
  },
  {
    usage: 'webhook-endpoints create <url>',
    text: 'Create a webhook endpoint; its signing secret is shown only once',
    options: [{ flags: '--type <type>', text: 'event type to deliver (default: all; repeatable)', isList: true }],
    run: create,
  },
  { usage: 'webhook-endpoints delete <id>', text: 'Delete a webhook endpoint', run: remove },
];

async function create(call: Call): Promise<void> {
  const made = await call.client.call('POST', '/v1/webhook_endpoints', {
    body: { url: call.args[0], types: call.options.type },
  });
  printAnswer(call, made, () => {
    note(call.shell, `Created ${made.id}. Its signing secret is shown only once:`);
    print(call.shell, made.secret);
  });
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/webhook_endpoints/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}
