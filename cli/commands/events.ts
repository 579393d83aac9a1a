import { stringifyAtEdge } from '../../connector/json.ts';
import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** The life of the authentications, here and at receivers. */
export const EVENT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'events tail',
    isDefault: true,
    text: 'follows what happens to authentications, triggers and approvals until it is stopped',
    options: [{ flags: '--after <position>', text: 'begin after this event; 0 for all that are kept (only new ones)' }],
    run: follow,
  },
  {
    usage: 'events list',
    text: 'lists the events that are kept, newest first',
    options: [{ flags: '--type <type>', text: 'only of this type, such as run.failed' }, ...PAGE_OPTIONS],
    run: list,
  },
  {
    usage: 'events webhooks',
    text: 'lists the receivers that are told of events',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/event_webhooks', {
        none: 'No receivers. Register one with: npx penstock events subscribe URL',
        columns: {
          ID: (webhook) => webhook.id,
          TYPES: (webhook) => webhook.types?.join(', ') ?? 'all',
          CREATED: (webhook) => time(webhook.created_at),
          URL: (webhook) => webhook.url,
        },
      }),
  },
  {
    usage: 'events subscribe <url>',
    text: 'registers a receiver and shows the secret that signs its deliveries this once',
    options: [{ flags: '--type <type>', text: 'only these events (all; may be repeated)', isList: true }],
    run: subscribe,
  },
  { usage: 'events unsubscribe <id>', text: 'takes a receiver off', run: unsubscribe },
];

async function follow(call: Call): Promise<void> {
  const after = option(call, 'after');
  if (after !== undefined && !/^\d+(-\d+)?$/.test(after))
    throw new UsageError(`--after is "${after}"; give 0, or the position that an event had`);
  const where = after === undefined ? '/v1/events' : `/v1/events?after=${after}`;
  for await (const { data } of call.client.events(where)) {
    if (call.isJson) print(call.shell, stringifyAtEdge(data));
    else print(call.shell, `${time(data.timestamp)}  ${data.type}  ${describe(data.data)}`);
  }
}

async function list(call: Call): Promise<void> {
  await printList(call, '/v1/events', {
    query: { type: option(call, 'type') },
    none: 'No events.',
    columns: {
      TIME: ({ timestamp }) => time(timestamp),
      TYPE: ({ type }) => type,
      WHAT: ({ data }) => describe(data),
    },
  });
}

function describe(data: Json): string {
  const { authentication, name, linked_account, status, previous_status, reason } = data;
  if (authentication === undefined) {
    return Object.entries(data)
      .map(([field, value]) => `${field} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', ');
  }
  const change = previous_status === undefined ? status : `${previous_status} -> ${status}`;
  return `${name} (${authentication} of ${linked_account})  ${change}${reason === undefined ? '' : `  ${reason}`}`;
}

async function subscribe(call: Call): Promise<void> {
  const made = await call.client.call('POST', '/v1/event_webhooks', {
    body: { url: call.args[0], types: call.options.type },
  });
  printAnswer(call, made, () => {
    note(call.shell, `Registered ${made.id}. The secret that signs its deliveries is shown this once:`);
    print(call.shell, made.secret);
  });
}

async function unsubscribe(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/event_webhooks/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Took ${call.args[0]} off.`));
}
